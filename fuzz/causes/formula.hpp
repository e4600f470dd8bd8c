// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/causes/facts.hpp"

namespace convict::fuzz {

/// A statement about the facts of one trial.
struct Literal {
  enum class Kind {
    at_least,     ///< first >= value
    at_most,      ///< first <= value
    equal,        ///< first = value
    remainder,    ///< first % modulus = value
    no_multiple,  ///< first % modulus != 0
    relation,     ///< first < second (bit 0 of value), = (bit 1) or > (bit 2)
    one_of        ///< bit `first` of value: the number of a name
  };
  Kind kind{};
  std::size_t first = 0;
  std::size_t second = 0;
  index_t value = 0;
  index_t modulus = 0;

  bool holds(const FactValues& facts) const;
  /// What a reader pays for it: of two formulas that say the same, the cheaper is told.
  double cost() const;
  std::string text() const;
  bool operator==(const Literal&) const = default;
};

/// A conjunction.
using Term = std::vector<Literal>;
bool holds(const Term& term, const FactValues& facts);

/// A disjunction of conjunctions; without a term it says nothing.
struct Formula {
  std::vector<Term> terms{};

  bool holds(const FactValues& facts) const;
  bool holds(const Trial& trial) const;
  /// "bf16 and (dilation > 1 or stride > filter)": literals that all terms share come first.
  /// "everywhere" for a term without literals.
  std::string text() const;
};

}  // namespace convict::fuzz
