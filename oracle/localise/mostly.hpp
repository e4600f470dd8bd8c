// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "oracle/localise/element_set.hpp"

namespace convict::oracle {

/// The best description by one or two literals that covers at least 90 % of the elements while at
/// least 90 % of what it covers are elements, with its counts: "mostly odd rows of every image: 95
/// of 100 wrong elements, and 3 right ones". The best one is the shortest, where every exception
/// counts as much as its index takes (minimum description length):
///   4 cost + (elements not covered + others covered) log2(extent)
std::optional<std::string> mostly(const Trial& trial, const ElementSet& set,
                                  std::span<const index_t> elements);

}  // namespace convict::oracle
