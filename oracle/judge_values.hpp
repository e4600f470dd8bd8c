#pragma once

#include <span>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/case.hpp"

namespace convict::oracle {

struct ValueVerdict {
  Verdict verdict;
  std::vector<Element> wrong;  ///< the first few wrong elements, in index order
};

/// Compares a result with the truth: exactly where the operands and the claimed arithmetic allow
/// (every element the truth rounded once), else each element within its bound. A pass on too little
/// evidence is mistrusted.
ValueVerdict judge_values(const Case& known, const Claims& claims, std::span<const double> subject);

}  // namespace convict::oracle
