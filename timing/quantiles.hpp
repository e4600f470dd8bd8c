#pragma once

#include <cstdint>
#include <span>

namespace convict::timing {

/// The value below which a share of `times` lies, between neighbours linearly. `times` must not be
/// empty.
double quantile(std::span<const double> times, double share);
inline double median(std::span<const double> times) { return quantile(times, 0.5); }

/// A ratio and the interval that holds it with 95 % confidence.
struct Ratio {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// median(of) / median(to). The interval is the bootstrap's percentile interval over rounds: both
/// were measured once a round, so what slowed a round slowed both (Efron & Tibshirani, An
/// Introduction to the Bootstrap, chapter 13). Equal sizes, not empty.
Ratio ratio_of_medians(std::span<const double> of, std::span<const double> to, std::uint64_t seed);

}  // namespace convict::timing
