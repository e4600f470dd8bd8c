// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// The result of a run and its operands, as stored: dense and row-major. Only the projection needs
/// the operands.
struct StoredTensors {
  std::span<const std::byte> result;
  std::span<const std::byte> input{};
  std::span<const std::byte> filters{};
  std::span<const std::byte> output{};
  std::span<const std::byte> old_result{};
};

struct ValueVerdict {
  Verdict verdict;
  std::vector<Element> wrong;    ///< the first few wrong elements, in index order
  std::vector<Element> worst{};  ///< the wrong elements furthest outside, the furthest first
  /// Every wrong element, ascending in the dense, row-major result, or the first
  /// Comparison::elements_kept.
  std::vector<index_t> wrong_elements{};
  bool complete = true;  ///< wrong_elements are all wrong elements
};

/// Compares a result with the truth: for equality where the fill and the claimed arithmetic are
/// exact (every element is the truth, rounded once), else each element within its bound. A pass is
/// mistrusted when these data could not have revealed a fault.
ValueVerdict judge_values(const Case& known, const Claims& claims, const StoredTensors& seen);

/// The same with the operands of the case.
ValueVerdict judge_values(const Case& known, const Claims& claims,
                          std::span<const std::byte> result);

/// Values as a kernel of this precision stores them.
std::vector<std::byte> as_stored(std::span<const double> values, Precision precision);

}  // namespace convict::oracle
