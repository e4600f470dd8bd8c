// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::mutants {

/// Right kernels, one for each arithmetic class and claim that the judge knows. The judge must
/// accept all of them, and their errors show how tight the bounds are. They are simple and slow.
///   right.winograd_f2x2_3x3, right.winograd_f4x4_3x3  stride 1, dilation 1, filter extents 3 or 1
///   right.winograd_columns, right.winograd_by_axis    one axis, or each axis that can be,
///   transformed;
///                                                     direct sums on the others
///   right.fft                                         stride 1, dilation 1, whole planes at once
///   right.fft_columns                                 lines along columns; direct sums elsewhere
///   right.tf32, right.bf16_inputs                     operands rounded, sums in f32
///   right.f16_accumulator, right.depthwise_f16        products and sums rounded to f16
///   right.blocked, right.pairwise, right.kahan        sums of a claimed depth
///   right.truncating, right.flush_to_zero,
///   right.denormals_are_zero                          f32 arithmetic as on other hardware
///   right.by_threads                                  another summation order with several threads
///   right.nondeterministic                            another summation order in every call
std::span<const Kernel> right_kernels();

}  // namespace convict::mutants
