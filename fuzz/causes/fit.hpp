// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "fuzz/causes/formula.hpp"

namespace convict::fuzz {

/// A trial that was carried out, as its facts.
struct Observation {
  FactValues facts;
  bool failed = false;
};

struct Fit {
  Formula formula{};
  std::vector<Term>
      common{};  ///< for each term, all that the observations which it was made of share
  /// Failed observations that no term explains: each would take a term of its own, and there are
  /// most_terms already, or something that passed has the same facts.
  std::size_t unexplained = 0;
};

inline constexpr std::size_t most_terms = 3;

/// A short disjunction of conjunctions that is true of the first observation, which failed, of as
/// many others that failed as possible, and of hardly any that passed. Each term is the
/// generalization of a group of failed observations: everything that all of them have in common;
/// observations join the group as long as something that they have in common is missing in nearly
/// every one that passed. Of what a group has in common the cheapest set of literals is kept that
/// excludes what passed. Failures are certain; a pass may be due to data that hide the fault, so
/// that a literal that excludes one or two passes is not worth its words, nor a term that explains
/// three failures.
Fit fit(const std::vector<Observation>& observations);

}  // namespace convict::fuzz
