// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "fuzz/generator.hpp"
#include "run/observer.hpp"

namespace convict::fuzz {

/// Counts of zero for every feature, with its first weight.
std::vector<run::FeatureCount> no_counts();

/// Counts a trial; `ran`: some kernel carried it out; `found`: it is a finding of some kernel.
void count(std::vector<run::FeatureCount>& counts, const Trial& trial, bool ran, bool found);

/// The weights of the next epoch: each feature's first weight times 1 to 3. The factor is 1, plus 1
/// where the feature had a finding, plus the share that is missing of the trials that its weight
/// asks for (1 when it never ran). No weight is raised above 90 %.
Weights steer(const std::vector<run::FeatureCount>& counts, std::size_t trials);

}  // namespace convict::fuzz
