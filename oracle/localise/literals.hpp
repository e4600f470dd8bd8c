#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oracle/localise/result_axes.hpp"

namespace convict::oracle {

/// A set of elements seen through some neighbouring axes together (mostly one): how many of them
/// each value has.
struct MarginalCounts {
  std::vector<ResultAxis> axes;
  std::vector<index_t> found;  ///< by value, row-major over the axes
  index_t elements = 0;        ///< of the set: the sum of `found`

  index_t extent() const { return static_cast<index_t>(found.size()); }
  bool is_flat() const { return axes.size() > 1; }
  /// Values that occur.
  index_t support() const;
};

/// A statement about the values of a projection.
struct Literal {
  std::vector<char> holds;  ///< by value
  index_t count = 0;        ///< values of which it holds
  index_t hits = 0;         ///< elements of the set of which it holds
  double cost = 0;          ///< the length of a description
  std::string text{};       ///< "columns 8 and later"
  std::string reason{};     ///< what else is true of these values: "the last"; may be empty
  bool places = true;       ///< false: the text is a reason, and places nothing
};

/// Every literal that holds of at least 90 % of the elements and not of every value.
std::vector<Literal> literals_of(const Trial& trial, const MarginalCounts& counts);

/// The least share of elements that a literal of interest has.
inline constexpr double least_share = 0.9;

}  // namespace convict::oracle
