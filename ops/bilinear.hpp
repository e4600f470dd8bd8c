// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// A whole number for rows and one for columns; a single number serves both.
struct RatioPair {
  RatioPair(index_t both) : rows(both), columns(both) {}  // NOLINT: as in Theano
  RatioPair(index_t row_ratio, index_t column_ratio) : rows(row_ratio), columns(column_ratio) {}
  index_t rows, columns;
};

/// numerator / denominator for one axis.
struct Fraction {
  index_t numerator = 1, denominator = 1;
};

/// A tent of 2 r - 1 values, r - |m - (r - 1)|, divided by r when normalized. r = 1 gives {1}.
/// `dtype` takes the place of Theano's floatX. Throws ValueError for a ratio below 1.
/// Source: theano/tensor/nnet/abstract_conv.py.
Array bilinear_kernel_1D(index_t ratio, bool normalize = true, Precision dtype = Precision::f64);

/// The outer product of the tents of both ratios, (2 r_v - 1, 2 r_h - 1).
Array bilinear_kernel_2D(RatioPair ratio, bool normalize = true, Precision dtype = Precision::f64);

struct BilinearOptions {
  std::optional<index_t> ratio{};
  std::optional<Fraction> frac_ratio{};                  ///< of both axes
  std::optional<std::array<Fraction, 2>> frac_ratios{};  ///< of rows and of columns
  Size batch_size{};                                     ///< a hint
  Size num_input_channels{};                             ///< a hint
  bool use_1D_kernel = true;
};

/// input (B, C, H, W) magnified: (B, C, H r, W r). Per axis, out[y] is x linearly interpolated at
/// clamp((y - floor((r - 1) / 2)) / r, 0, n - 1). Computed as the gradient with respect to the
/// inputs of a strided convolution of the edge-replicated maps, rows then columns with the 1-D
/// kernel or both at once with the 2-D kernel. A fractional ratio needs use_1D_kernel=false. Throws
/// ValueError for both or none of the ratios, a ratio below 1, or a fraction together with
/// use_1D_kernel; TypeError when input has not rank 4.
Array bilinear_upsampling(const Array& input, const BilinearOptions& options,
                          const Policy& policy = environment_policy());

/// Interpolation at steps of q/p: each axis of n becomes ceil(n p / q), and out[t] is x linearly
/// interpolated at clamp((t q - floor((p - 1) / 2)) / p, 0, n - 1). Each fraction is reduced first.
/// No smoothing when it shrinks. Computed from this closed form, in time linear in the output (the
/// convolution of Theano and Aesara took O(out_h out_w H W) per map). Throws ValueError for a
/// numerator or denominator below 1, TypeError when input has not rank 4.
Array frac_bilinear_upsampling(const Array& input, std::array<Fraction, 2> frac_ratio);
Array frac_bilinear_upsampling(const Array& input, Fraction frac_ratio);

}  // namespace convict::ops
