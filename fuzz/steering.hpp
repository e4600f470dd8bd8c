#pragma once

#include <vector>

#include "fuzz/generator.hpp"
#include "run/observer.hpp"

namespace convict::fuzz {

/// Counts of zero for every feature, with its first weight.
std::vector<run::FeatureCount> no_counts();

/// Counts a trial; `ran` says whether some kernel took it.
void count(std::vector<run::FeatureCount>& counts, const Trial& trial, bool ran, bool found);

/// The weights of the next epoch: each feature's first weight times 1 to 3. The factor grows by 1
/// where something was found, and by as much as the feature ran too little: 1 when it never ran.
Weights steer(const std::vector<run::FeatureCount>& counts, std::size_t trials);

}  // namespace convict::fuzz
