// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/trial.hpp"

namespace convict::fuzz {

/// A trial and what most facts about it need.
struct Measured;

/// Something that a kernel may depend on, as a number: a size, a quantity derived from sizes, or
/// the number of one of several names (pass, precision, fill, yes or no).
struct Fact {
  enum class Kind {
    size,     ///< chosen in the problem; compared with other sizes
    derived,  ///< computed from sizes: never compared with others
    name      ///< one of a few: only equality means something
  };
  std::string name;
  Kind kind;
  index_t (*of)(const Measured&);
  /// Kind name: the words for value 0, 1, ...; an empty word stands for the opposite of the only
  /// other one. At most 64.
  std::vector<std::string> words{};
  int least_rank = 1;  ///< problems of a lower rank lack the axis
};

inline constexpr std::size_t rank_fact = 0;  ///< the index of the rank in facts()

/// Axes are counted from the last one: a problem of rank 1 has columns only, one of rank 2 rows and
/// columns. Axes that a problem lacks have extent, filter, stride and dilation 1 and no padding.
std::span<const Fact> facts();

/// Pairs of sizes that kernels compare or confuse, as indices into facts().
std::span<const std::pair<std::size_t, std::size_t>> comparable_facts();

/// The value of every fact. The spec must be valid.
using FactValues = std::vector<index_t>;
FactValues facts_of(const Trial& trial);

}  // namespace convict::fuzz
