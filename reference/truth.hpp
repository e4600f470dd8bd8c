#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/pass.hpp"
#include "core/spec.hpp"

namespace convict::reference {

/// What a trial is about, as real numbers: dense row-major operands (the tensor the pass writes is
/// empty) and result = alpha * op(operands) + beta * old_result. `old_result` is empty when beta is
/// 0.
struct Question {
  const ConvSpec& spec;
  Pass pass = Pass::forward;
  std::span<const double> input;
  std::span<const double> filters;
  std::span<const double> output;
  double alpha = 1;
  double beta = 0;
  std::span<const double> old_result;
};

/// The answer, for every element of the result (dense, row-major).
struct Truth {
  std::vector<double> value;  ///< alpha * sum + beta * old, the leading part
  std::vector<double>
      correction;  ///< value + correction has twice a double's digits; empty when not asked for
  std::vector<double>
      magnitude;  ///< S = |alpha| * B + |beta * old|, B the sum of absolute products
  /// n, the products that meet in element i, is products[i % products.size()].
  std::vector<index_t> products;
  /// 1 where a non-finite operand meets padding (or a stride's hole): multiplying by an explicit
  /// zero gives NaN, skipping does not, and both are right. Empty: nowhere.
  std::vector<std::uint8_t> ambiguous;
};

/// How wide sums are kept: `f64` is enough to judge f32 and narrower; `twice_f64` to judge f64.
enum class Width { f64, twice_f64 };

/// Computes every element from its definition. Cost: as many operations as a naive convolution, in
/// parallel when that is worth it.
Truth truth(const Question& question, Width width);

/// The same for some elements only, in their order.
Truth truth_at(const Question& question, Width width, std::span<const index_t> elements);

}  // namespace convict::reference
