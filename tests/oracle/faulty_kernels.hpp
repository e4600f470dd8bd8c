// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/kernel.hpp"

namespace convict::oracle {

/// Kernels for tests of the checks: the reference with one fault. All are for f32; those that
/// change elements by their offset are for dense NCHW.
using Run = std::function<void(const Problem&, const Buffers&)>;
using Predicate = std::function<bool(const Problem&, const Buffers&)>;

const Kernel& reference();
Kernel kernel_of(Run run);

float* result_of(const Problem& problem, const Buffers& buffers);
index_t results_of(const Problem& problem);

bool always(const Problem& problem, const Buffers& buffers);
/// Adds 1 to the first result element if `when` holds.
Kernel first_wrong(Predicate when);
/// Adds 1 to every result element if `when` holds.
Kernel all_wrong(Predicate when);
/// Adds its offset to every result element.
Kernel adds_its_number();
/// Adds 1 to the first result element in every n-th call.
Kernel every_nth_wrong(int n);

Kernel no_dilation();
Kernel stride_of_one();
Kernel pads_behind_only();
Kernel never_flips();

/// Clamps operand values to [-1, 1].
Kernel saturating();
/// Rounds the first operand to bf16.
Kernel rounding_to_bf16();
/// In every second call the first result element is one unit in the last place larger.
Kernel wavering();
/// Reads the last input channel (of all, not of a group) as zeros.
Kernel without_last_channel();
Kernel without_last_image();

/// Uses the spec of the previous call if the tensors have the same sizes.
Kernel remembering();
/// Reads no more images than the first call had.
Kernel keeping_its_batch();
/// Adds `factor` times the first element of its workspace, which it has not written.
Kernel dirty_workspace(std::size_t bytes, float factor);
/// Writes one byte behind its workspace.
Kernel past_workspace();

/// Adds 0 * old result if beta is 0, which shows if that is NaN.
Kernel reads_old_result();
Kernel scales_old_result_by_alpha();
/// Assumes that rows have no gaps between them in NCHW.
Kernel ignores_gaps();

bool misaligned_by(const Problem& problem, const Buffers& buffers, std::uintptr_t elements);
bool is_nhwc(const Problem& problem);

}  // namespace convict::oracle
