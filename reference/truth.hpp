// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/pass.hpp"
#include "core/spec.hpp"

namespace convict::reference {

/// A problem with its data, dense and row-major: result = alpha * op(operands) + beta * old_result.
/// The tensor that the pass writes is empty; `old_result` is empty when beta is 0.
struct Question {
  const ConvSpec& spec;
  Pass pass = Pass::forward;
  std::span<const double> input;
  std::span<const double> filters;
  std::span<const double> output;
  double alpha = 1;
  double beta = 0;
  std::span<const double> old_result;
  /// A kernel may take alpha for 0, because it is in the format that kernels take it in.
  bool alpha_rounds_to_zero = false;
};

/// The right result, for every element (dense, row-major).
struct Truth {
  std::vector<double> value;  ///< alpha * sum + beta * old, rounded to double
  std::vector<double>
      correction;  ///< value + correction has twice the digits of a double; empty for Width::f64
  std::vector<double>
      magnitude;  ///< S = |alpha| * B + |beta * old|, B the sum of absolute products
  /// B. Empty where it is the magnitude: alpha is 1 and beta 0.
  std::vector<double> sum_size{};
  /// Element i is a sum of products[i % products.size()] multiply-adds.
  std::vector<index_t> products;
  /// 1 where a non-finite operand is multiplied by a zero that a kernel may leave out: padding (or
  /// a hole between strided outputs), or an alpha of 0. A kernel that multiplies gives NaN, one
  /// that skips the product gives `value`, and both are right. Empty: nowhere.
  std::vector<std::uint8_t> ambiguous;
  /// `ambiguous` where alpha is not 0, but may be rounded to it: the product may also be infinite.
  static constexpr std::uint8_t also_infinite = 2;

  /// Whether `result` is a NaN or infinity that is right besides `value`.
  bool may_be(double result, std::size_t at) const {
    if (ambiguous.empty() || ambiguous[at] == 0) return false;
    return std::isnan(result) || (ambiguous[at] == also_infinite && std::isinf(result));
  }
  double sum_size_at(std::size_t at) const {
    return sum_size.empty() ? magnitude[at] : sum_size[at];
  }
};

/// The precision of sums: `f64` is enough to judge f32 and narrower types, f64 needs `twice_f64`.
enum class Width { f64, twice_f64 };

/// Computes every element from the definition, with as many operations as a naive convolution;
/// large problems in parallel.
Truth truth(const Question& question, Width width);

/// The same for the listed elements only, in the order of the list.
Truth truth_at(const Question& question, Width width, std::span<const index_t> elements);

}  // namespace convict::reference
