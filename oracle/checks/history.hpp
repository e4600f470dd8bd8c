#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// Calls whose answers must not depend on what came before or on where the operands lie. Every
/// problem's first answer is judged as a trial's is; a later one must have the first one's bits
/// where the subject claims to be deterministic, and be right in any case.

/// The same call, three times.
Verdict repeat(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
               Cases& cases);
/// The call, another problem that differs in one parameter (larger, smaller), the call again, the
/// other one again. Three parameters a trial, in rotation by its seed.
Verdict other_problem(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases& cases);
/// 1, 2, 3, 7 and 16 threads.
Verdict thread_counts(const Trial& trial, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, Cases& cases);
/// Seven pairs of alpha and beta. With beta = 0 the old result holds NaN, then a large number.
Verdict scaling(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);
/// Buffers 0 to 15 elements behind a 64-byte boundary, as far as the claimed alignment allows.
Verdict alignments(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);
/// Gaps of 1, 3 and 17 elements between rows, in both layouts.
Verdict pitches(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases& cases);
/// Exactly the workspace asked for, full of NaN, then of large numbers.
Verdict workspace(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases);
/// 32 calls that cycle through three problems.
Verdict many_calls(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                   Cases& cases);

}  // namespace convict::oracle
