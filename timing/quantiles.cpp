// SPDX-License-Identifier: Apache-2.0
#include "timing/quantiles.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <random>
#include <vector>

namespace convict::timing {

double quantile(std::span<const double> times, double share) {
  assert(!times.empty());
  std::vector<double> sorted(times.begin(), times.end());
  std::ranges::sort(sorted);
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - std::floor(at));
}

Ratio ratio_of_medians(std::span<const double> of, std::span<const double> to, std::uint64_t seed) {
  constexpr int resamples = 1000;
  assert(of.size() == to.size());
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::size_t> any_round(0, of.size() - 1);
  std::vector<double> some_of(of.size());
  std::vector<double> some_to(to.size());
  std::vector<double> ratios;
  for (int resample = 0; resample < resamples; ++resample) {
    for (std::size_t i = 0; i < of.size(); ++i) {
      const std::size_t round = any_round(random);
      some_of[i] = of[round];
      some_to[i] = to[round];
    }
    ratios.push_back(median(some_of) / median(some_to));
  }
  return {median(of) / median(to), quantile(ratios, 0.025), quantile(ratios, 0.975)};
}

}  // namespace convict::timing
