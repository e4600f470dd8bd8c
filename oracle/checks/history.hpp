// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// Checks that a result does not depend on earlier calls or on where the operands lie. The first
/// result of every problem is judged like a trial's. Later ones must have the same bits where the
/// subject claims to be deterministic, and must be right in any case.

/// The same call, three times.
Verdict repeat(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
               Cases& cases);
/// The call, a call that differs in one parameter (a larger, then a smaller value), the first call
/// again, the other one again. Three parameters in each trial; its seed chooses which.
Verdict other_problem(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases& cases);
/// 1, 2, 3, 7 and 16 threads, and 7 threads on a disturbed schedule.
Verdict thread_counts(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases& cases);
/// Eleven pairs of alpha and beta, among them factors that are no binary fractions. With beta = 0
/// the old result holds NaN, then a large number.
Verdict scaling(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);
/// Buffers 0 to 15 elements behind a 64-byte boundary, as far as the claimed alignment allows.
Verdict alignments(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);
/// The recipe with other places for the elements of its tensors: gaps of 0, 1, 3 and 17 elements
/// between rows in NCHW and NHWC, another order of axes for each tensor, slices of larger tensors,
/// and rows and planes that begin at multiples of 16 elements.
std::vector<Recipe> other_places(const Recipe& recipe);
/// All other_places.
Verdict pitches(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);
/// A workspace of exactly the requested size, filled with NaN, then with large numbers.
Verdict workspace(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases);
/// 32 calls that cycle through three problems.
Verdict many_calls(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);

/// The call, a call that is larger in several sizes at once (channels, images, their number), the
/// first call again, the larger one again.
Verdict larger_problem(const Trial& trial, const sandbox::Subject& subject,
                       sandbox::Sandbox& sandbox, Cases& cases);
/// The same with a call of the same spec in another pass, precision, layout, gap between rows,
/// scaling or number of threads; four of these in each trial.
Verdict other_kind(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);
/// Some hundred times the same call: the first takes memory, if it must, but not every one. In this
/// process, whose memory is not the kernel's, only results are compared, of fewer calls.
Verdict leak(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
             Cases& cases);
/// Two sets of data in turns at two places in memory, in every combination.
Verdict moving_buffers(const Trial& trial, const sandbox::Subject& subject,
                       sandbox::Sandbox& sandbox, Cases& cases);

}  // namespace convict::oracle
