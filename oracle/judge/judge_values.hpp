#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// What a run left behind, as stored: dense and row-major. The operands are needed where the truth
/// comes by projection.
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
  /// Every wrong element, ascending in the dense, row-major result, or the first of very many.
  std::vector<index_t> wrong_elements{};
  bool complete = true;  ///< wrong_elements are all there are
};

/// Compares a result with the truth: exactly where the operands and the claimed arithmetic allow
/// (every element the truth rounded once), else each element within its bound. A pass on too little
/// evidence is mistrusted.
ValueVerdict judge_values(const Case& known, const Claims& claims, const StoredTensors& seen);

/// The same for a result that is not in an arena: the operands are taken from the case.
ValueVerdict judge_values(const Case& known, const Claims& claims,
                          std::span<const std::byte> result);

/// Values as a kernel of this precision stores them.
std::vector<std::byte> as_stored(std::span<const double> values, Precision precision);

}  // namespace convict::oracle
