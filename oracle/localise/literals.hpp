// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oracle/localise/result_axes.hpp"

namespace convict::oracle {

/// How many elements of a set have each value of an axis, or of adjacent axes together (then a
/// value is a row-major combination of their indices).
struct MarginalCounts {
  std::vector<ResultAxis> axes;
  std::vector<index_t> found;  ///< count by value
  index_t elements = 0;        ///< of the set: the sum of `found`

  index_t extent() const { return static_cast<index_t>(found.size()); }
  bool is_flat() const { return axes.size() > 1; }
  /// The number of values with at least one element.
  index_t support() const;
};

/// A predicate on the values of MarginalCounts, with its description.
struct Literal {
  std::vector<char> holds;  ///< by value
  index_t count = 0;        ///< values for which it holds
  index_t hits = 0;         ///< elements of the set for which it holds
  double cost = 0;          ///< length of the description; the cheapest one is chosen
  std::string text{};       ///< "columns 8 and later"
  std::string reason{};     ///< another description of these values: "the last"; may be empty
  bool places = true;       ///< false: the text gives a reason, but no indices
};

/// Every literal that holds for at least 90 % of the elements and not for every value.
std::vector<Literal> literals_of(const Trial& trial, const MarginalCounts& counts);

/// The smallest share of the elements for which a literal has to hold.
inline constexpr double least_share = 0.9;

}  // namespace convict::oracle
