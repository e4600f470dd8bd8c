#pragma once

#include <span>
#include <string>
#include <vector>

#include "oracle/localise/result_axes.hpp"

namespace convict::oracle {

/// A property that geometry gives some values of spatial axes.
struct ReasonMask {
  std::vector<char> holds;  ///< by value, row-major over the axes
  std::string text;         ///< "rows where windows meet padding before"
  std::string why;          ///< "where windows meet padding before"
};

/// The properties of one axis; of several axes, of positions that have one in some axis.
std::vector<ReasonMask> reasons_of(const Trial& trial, std::span<const ResultAxis> axes);

}  // namespace convict::oracle
