#include "fuzz/steering.hpp"

#include <algorithm>
#include <numeric>

#include "fuzz/regimes.hpp"

namespace convict::fuzz {

std::vector<RegimeCount> no_counts() {
  std::vector<RegimeCount> counts;
  for (const Regime& regime : regimes())
    counts.push_back({.name = std::string(regime.name), .weight = regime.weight});
  return counts;
}

void count(std::vector<RegimeCount>& counts, const Trial& trial, bool ran, bool found) {
  const auto pass = static_cast<std::size_t>(trial.pass);
  for (const std::size_t regime : regimes_of(trial)) {
    ++counts[regime].tried[pass];
    if (ran) ++counts[regime].ran[pass];
    if (found) ++counts[regime].findings;
  }
}

Weights steer(const std::vector<RegimeCount>& counts, std::size_t trials) {
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
