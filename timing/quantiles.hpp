// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace convict::timing {

/// The quantile of `times` at `share` (0 to 1), linearly interpolated. `times` must not be empty.
double quantile(std::span<const double> times, double share);
inline double median(std::span<const double> times) { return quantile(times, 0.5); }

/// A ratio and its 95 % confidence interval [low, high].
struct Ratio {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// median(of) / median(to) with the percentile interval of a bootstrap over rounds (Efron &
/// Tibshirani, An Introduction to the Bootstrap, chapter 13). Element i of both was measured in
/// round i, so whole rounds are resampled: what slowed a round slowed both. Equal sizes, not empty.
Ratio ratio_of_medians(std::span<const double> of, std::span<const double> to, std::uint64_t seed);

}  // namespace convict::timing
