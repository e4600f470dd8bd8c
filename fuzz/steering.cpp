// SPDX-License-Identifier: Apache-2.0
#include "fuzz/steering.hpp"

#include <algorithm>
#include <numeric>

#include "fuzz/features/features.hpp"

namespace convict::fuzz {

std::vector<run::FeatureCount> no_counts() {
  std::vector<run::FeatureCount> counts;
  for (const Feature& feature : features())
    counts.push_back({.name = std::string(feature.name), .weight = feature.weight});
  return counts;
}

void count(std::vector<run::FeatureCount>& counts, const Trial& trial, bool ran, bool found) {
  const auto pass = static_cast<std::size_t>(trial.pass);
  for (const std::size_t feature : features_of(trial)) {
    ++counts[feature].tried[pass];
    if (ran) ++counts[feature].ran[pass];
    if (found) ++counts[feature].findings;
  }
}

Weights steer(const std::vector<run::FeatureCount>& counts, std::size_t trials) {
  constexpr double most_weight = 90;
  Weights weights = first_weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& ran = counts[i].ran;
    const auto times = static_cast<double>(std::accumulate(ran.begin(), ran.end(), std::size_t{0}));
    const double wanted = weights[i] / 100 * static_cast<double>(trials);
    const double lacking = wanted > 0 ? std::clamp(1 - times / wanted, 0.0, 1.0) : 0.0;
    const double factor = 1 + lacking + (counts[i].findings > 0 ? 1 : 0);
    weights[i] = std::min(weights[i] * factor, std::max(weights[i], most_weight));
  }
  return weights;
}

}  // namespace convict::fuzz
