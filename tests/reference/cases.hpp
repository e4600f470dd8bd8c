// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "core/layout.hpp"
#include "core/pass.hpp"
#include "core/precision.hpp"
#include "core/spec.hpp"
#include "reference/truth.hpp"

namespace convict::tests {

using Values = std::vector<double>;

/// The three tensors of a problem, dense and row-major.
struct Operands {
  Values input;
  Values filters;
  Values output;
};

/// One call: the tensor that `pass` writes holds the old result (empty when beta is 0).
struct Call {
  ConvSpec spec;
  Pass pass = Pass::forward;
  Operands operands;
  double alpha = 1;
  double beta = 0;
};

/// The tensor that `pass` writes.
Values& result_of(Pass pass, Operands& operands);

/// A call with every tensor filled, the old result included.
Call with_old_result(Call call, Values old_result);

/// The result of `reference.direct`, dense and row-major. Memory that the kernel must not read is
/// NaN: gaps of the layout, and the old result when beta is 0. Throws std::logic_error when the
/// kernel writes into a gap or changes an operand.
Values direct(const Call& call, Precision precision = Precision::f64, Layout layout = Layout::nchw,
              index_t pitch = 0);

/// The result of reference::truth.
reference::Truth truth(const Call& call, reference::Width width = reference::Width::f64);

/// Random numbers from a seed, the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}
  index_t between(index_t least, index_t most) {
    return least + static_cast<index_t>(bits_() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool one_in(index_t n) { return between(1, n) == 1; }
  /// Non-zero integers of magnitude 1 to 8.
  Values integers(index_t count);

 private:
  std::mt19937_64 bits_;
};

/// A small valid spec; every feature occurs, alone and with others.
ConvSpec random_spec(Dice& dice);

/// Integer operands for all three tensors of `spec`.
Operands random_operands(const ConvSpec& spec, Dice& dice);

/// The call of `pass` on these operands with beta = 0.
Call call_of(const ConvSpec& spec, Pass pass, Operands operands);

}  // namespace convict::tests
