#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::mutants {

/// Right kernels, one of each arithmetic class and claim that the judge knows: none may be
/// convicted, and their errors say how tight the bounds are. Slow and plain.
///   right.winograd_f2x2_3x3, right.winograd_f4x4_3x3   stride 1, dilation 1, filters 3 or
///   1 right.fft               stride 1, dilation 1, the whole image at once right.tf32,
///   right.bf16_inputs                      inputs rounded, sums f32 right.f16_accumulator
///   products and sums rounded to f16 right.blocked, right.pairwise, right.kahan sums
///   of claimed depth right.truncating, right.flush_to_zero              other f32 hardware
///   right.nondeterministic  another order in every call
std::span<const Kernel> right_kernels();

}  // namespace convict::mutants
