// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/half.hpp"
#include "oracle/bounds/rounding.hpp"

namespace convict::oracle {
namespace {

/// 0 for a right element, else its error in units of the bound. A NaN or infinite error is
/// infinitely far outside, even if the bound is infinite.
double excess(double error, double bound) {
  if (!std::isfinite(error)) return infinity;
  if (error <= bound) return 0;
  return error / std::max(bound, std::numeric_limits<double>::min());
}

double non_finite_excess(double subject, double truth) {
  const bool same = std::isnan(truth) ? std::isnan(subject) : subject == truth;
  return same ? 0 : infinity;
}

void keep_furthest(std::vector<Comparison::Outlier>& furthest, index_t at, double outside) {
  const bool full = furthest.size() == Comparison::first_kept;
  if (full && outside <= furthest.back().outside) return;
  if (full) furthest.pop_back();
  const auto place = std::ranges::upper_bound(furthest, outside, std::ranges::greater{},
                                              &Comparison::Outlier::outside);
  furthest.insert(place, {at, outside});
}

void note(Comparison& comparison, index_t at, double outside, double& furthest) {
  if (outside == 0) return;
  keep_furthest(comparison.furthest, at, outside);
  ++comparison.wrong;
  if (comparison.first.size() < Comparison::first_kept) comparison.first.push_back(at);
  if (comparison.wrong_elements.size() < Comparison::elements_kept)
    comparison.wrong_elements.push_back(at);
  if (comparison.worst < 0 || outside > furthest) {
    comparison.worst = at;
    furthest = outside;
  }
}

}  // namespace

double bound_at(const reference::Truth& truth, const Bound& bound, std::size_t at) {
  return bound({.value = std::fabs(truth.value[at]),
                .magnitude = truth.magnitude[at],
                .products = truth.products[at % truth.products.size()],
                .transform_error = bound.transform_error(at)});
}

Comparison compare_exactly(std::span<const double> subject, const reference::Truth& truth,
                           FloatFormat format, double grid) {
  Comparison comparison;
  double furthest = 0;
  for (std::size_t at = 0; at < subject.size(); ++at) {
    if (subject[at] == truth.value[at]) continue;  // a representable truth rounds to itself
    const double expected = round_to(format, truth.value[at]);
    // There is no bound to divide by, and dividing by the smallest number would overflow.
    const double error = std::fabs(subject[at] - expected);
    const double outside = std::isfinite(error) ? error : infinity;
    note(comparison, static_cast<index_t>(at), outside, furthest);
    const bool on_grid = std::fabs(subject[at]) < infinity && std::fmod(subject[at], grid) == 0;
    if (outside != 0 && !on_grid) ++comparison.non_integers;
  }
  return comparison;
}

Comparison compare_within(std::span<const double> subject, const reference::Truth& truth,
                          const Bound& bound) {
  Comparison comparison;
  double furthest = 0;
  for (std::size_t at = 0; at < subject.size(); ++at) {
    const double expected = truth.value[at];
    if (!truth.ambiguous.empty() && truth.ambiguous[at] != 0 && std::isnan(subject[at])) continue;
    if (std::isinf(bound.transform_error(at))) {
      ++comparison.lost;
      continue;
    }
    double outside = 0;
    if (std::isfinite(expected)) {
      const double correction = truth.correction.empty() ? 0 : truth.correction[at];
      const double error = std::fabs((subject[at] - expected) - correction);
      const double tau = bound_at(truth, bound, at);
      outside = excess(error, tau);
      if (truth.products[at % truth.products.size()] > 0)
        comparison.widest = std::max(comparison.widest, tau);
      if (tau > 0 && error / tau > comparison.worst_ratio) comparison.worst_ratio = error / tau;
      const double magnitude = truth.magnitude[at];
      if (error > comparison.worst_relative * magnitude && magnitude > 0)
        comparison.worst_relative = error / magnitude;
    } else {
      outside = non_finite_excess(subject[at], expected);
    }
    note(comparison, static_cast<index_t>(at), outside, furthest);
  }
  return comparison;
}

}  // namespace convict::oracle
