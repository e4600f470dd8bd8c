#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::oracle::zoo {

/// Right kernels, one of each arithmetic class and claim that the judge knows: none may be
/// convicted, and their errors say how tight the bounds are. Slow and plain.
///   zoo.right_winograd_f2x2_3x3, zoo.right_winograd_f4x4_3x3   stride 1, dilation 1, filters 3 or
///   1 zoo.right_fft               stride 1, dilation 1, the whole image at once zoo.right_tf32,
///   zoo.right_bf16_inputs                      inputs rounded, sums f32 zoo.right_f16_accumulator
///   products and sums rounded to f16 zoo.right_blocked, zoo.right_pairwise, zoo.right_kahan sums
///   of claimed depth zoo.right_truncating, zoo.right_flush_to_zero              other f32 hardware
///   zoo.right_nondeterministic  another order in every call
std::span<const Kernel> right_kernels();

}  // namespace convict::oracle::zoo
