// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "oracle/localise/result_axes.hpp"

namespace convict::oracle {

/// A geometric property of some indices of spatial axes that may explain why they are wrong.
struct ReasonMask {
  std::vector<char> holds;  ///< by value, row-major over the axes
  std::string text;         ///< "rows where windows meet padding before"
  std::string why;          ///< "where windows meet padding before"
};

/// The properties of one axis' indices; for several axes, a position has a property if its index on
/// some axis has it.
std::vector<ReasonMask> reasons_of(const Trial& trial, std::span<const ResultAxis> axes);

}  // namespace convict::oracle
