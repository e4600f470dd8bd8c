// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/problem.hpp"

namespace convict::run {

/// A property of a kernel call, as a number.
struct CallFeature {
  std::string_view name;  ///< "stride of axis 2", "pass"
  /// The values of an ordered feature are compared by size, those of another only for equality.
  bool ordered = true;
  double (*of)(const Problem& problem, const Recipe& recipe);
  std::string (*text)(double value);  ///< of a feature that is not ordered: "forward", "yes"
};

/// The spec of a problem need not be valid: what follows from it (output extents, number of
/// multiply-adds) is 0 then.
std::span<const CallFeature> call_features();

inline constexpr std::size_t most_call_features = 64;

/// The values of call_features() for one call; those behind the last feature are 0.
using CallValues = std::array<double, most_call_features>;
CallValues values_of(const Problem& problem, const Recipe& recipe);

/// Multiply-adds of a problem: the products that its pass sums up; 0 for an invalid spec.
double multiply_adds(const ConvSpec& spec);

}  // namespace convict::run
