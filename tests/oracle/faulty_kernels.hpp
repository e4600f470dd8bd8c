#pragma once

#include <functional>

#include "core/kernel.hpp"

namespace convict::oracle {

/// Kernels for tests of the checks: the reference with one thing wrong. All take f32; those that
/// touch elements by number take dense NCHW.
using Run = std::function<void(const Problem&, const Buffers&)>;
using Predicate = std::function<bool(const Problem&, const Buffers&)>;

const Kernel& reference();
Kernel kernel_of(Run run);

float* result_of(const Problem& problem, const Buffers& buffers);
index_t results_of(const Problem& problem);

bool always(const Problem& problem, const Buffers& buffers);
/// The reference, then one more on its first element, where `when` holds.
Kernel first_wrong(Predicate when);
/// The reference, then every element one more, where `when` holds.
Kernel all_wrong(Predicate when);
/// The reference, then every element one more than the one before it.
Kernel adds_its_number();
/// Every n-th call of its life is off by one in its first element.
Kernel every_nth_wrong(int n);

Kernel no_dilation();
Kernel stride_of_one();
Kernel pads_behind_only();
Kernel never_flips();

/// Operand values beyond 1 are cut off.
Kernel saturating();
/// The first operand is rounded to bf16 inside.
Kernel rounding_to_bf16();
/// Its first element is one unit in the last place larger at every second call.
Kernel wavering();
/// The last input channel (of all, not of a group) is not there.
Kernel without_last_channel();
Kernel without_last_image();

/// Keeps the spec of the previous call when the tensors are as large.
Kernel remembering();
/// Adds what it finds in a workspace that it never wrote, scaled.
Kernel dirty_workspace(std::size_t bytes, float factor);
/// Writes one byte more than it asked for.
Kernel past_workspace();

/// 0 * old result instead of nothing, as NaN tells.
Kernel reads_old_result();
Kernel scales_old_result_by_alpha();
/// Takes dense rows for granted where channels come first.
Kernel ignores_gaps();

bool misaligned_by(const Problem& problem, const Buffers& buffers, std::uintptr_t elements);
bool is_nhwc(const Problem& problem);

}  // namespace convict::oracle
