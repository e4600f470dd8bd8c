#pragma once

#include <vector>

#include "core/observer.hpp"
#include "fuzz/generator.hpp"

namespace convict::fuzz {

/// Counts of zero for every regime, with its first weight.
std::vector<RegimeCount> no_counts();

/// Counts a trial; `ran` says whether some kernel took it.
void count(std::vector<RegimeCount>& counts, const Trial& trial, bool ran, bool found);

/// The weights of the next epoch: each regime's first weight times 1 to 3. The factor grows by 1
/// where something was found, and by as much as the regime ran too little: 1 when it never ran.
Weights steer(const std::vector<RegimeCount>& counts, std::size_t trials);

}  // namespace convict::fuzz
