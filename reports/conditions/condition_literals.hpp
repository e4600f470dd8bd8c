// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>

#include "core/trial.hpp"

namespace convict::reports {

/// A property by which failing trials may differ from passing ones.
struct ConditionLiteral {
  std::string name;  ///< "dilation > 1", "K/G mod 8 != 0"
  bool (*has)(const Trial&);
};

/// Every feature of the matrix, and finer properties: thresholds, remainders, single axes,
/// opposites.
std::span<const ConditionLiteral> condition_literals();

/// At most so many: those of the table, and the names of fills and checks, which trials bring
/// along.
inline constexpr std::size_t most_condition_literals = 192;
using LiteralBits = std::bitset<most_condition_literals>;

/// A bit per literal of the table. A trial with an invalid spec has must_refuse only.
LiteralBits literal_bits(const Trial& trial);

}  // namespace convict::reports
