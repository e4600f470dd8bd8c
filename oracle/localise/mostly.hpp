#pragma once

#include <optional>
#include <span>
#include <string>

#include "oracle/localise/element_set.hpp"

namespace convict::oracle {

/// The best description by one or two literals that holds of 90 % of the elements while 90 % of
/// what it holds of are elements, with its counts: "mostly odd rows of every image: 95 of 100 wrong
/// elements, and 3 right ones". The shortest counting the exceptions, each named by its number:
///   4 cost + (left out + wrongly taken in) log2(extent)
std::optional<std::string> mostly(const Trial& trial, const ElementSet& set,
                                  std::span<const index_t> elements);

}  // namespace convict::oracle
