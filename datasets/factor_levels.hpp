// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/trial.hpp"

namespace convict::datasets {

/// The number of levels of each factor of the conformance suite. More important levels occur
/// several times.
std::vector<int> factor_levels(std::span<const int> ranks);

/// The trial for a row of levels. What the levels leave open is drawn from `seed`, separately for
/// every axis and side. The spec is valid and small: at most about 10^5 multiply-adds per pass,
/// more only where a level requires it.
Trial trial_of_levels(const std::vector<int>& levels, std::span<const int> ranks,
                      std::uint64_t seed);

}  // namespace convict::datasets
