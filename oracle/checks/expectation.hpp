// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/verdict.hpp"

namespace convict::oracle {

/// A result of the subject and what a check expects of it.
struct Expectation {
  const Trial& trial;      ///< whose result it is: spec and pass count elements
  std::string_view layer;  ///< metamorphic relation, gradient or history
  std::string says;        ///< the expectation in words; the verdict's reason begins with it
  std::span<const double> subject{};
  std::span<const double> expected{};
  std::span<const double> bound{};   ///< per element; empty: numerically equal
  std::span<const char> compared{};  ///< per element; empty: all of them
};

/// Compares the compared elements; a NaN on either side is wrong. Mistrusted when all of them are
/// zero, or when there are none.
Verdict verdict_on(const Expectation& expectation);

/// Of two verdicts on one trial, the one that decides: crashed before hung, fail, mistrusted, pass
/// and unsupported.
Verdict worse_of(Verdict a, Verdict b);

}  // namespace convict::oracle
