#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/trial.hpp"

namespace convict::datasets {

/// How many levels each factor of the conformance suite has. Levels that matter more occur more
/// than once.
std::vector<int> factor_levels(std::span<const int> ranks);

/// The trial that a row of levels describes; everything the levels leave open is drawn from `seed`,
/// differently per axis and side. The spec is valid and small: at most about 10^5 multiply-adds a
/// pass, more only where a level asks for it.
Trial trial_of_levels(const std::vector<int>& levels, std::span<const int> ranks,
                      std::uint64_t seed);

}  // namespace convict::datasets
