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

/// The same where the truth is NaN or infinite.
double non_finite_excess(double subject, double truth, const Bound& bound,
                         const ElementSize& element) {
  if (std::isnan(truth)) return std::isnan(subject) ? 0 : infinity;
  if (subject == truth) return 0;
  // In f64 alpha may make a finite sum infinite, and with it a transform's error.
  const bool by_scaling = std::isfinite(element.sum) && !std::isfinite(element.magnitude);
  if (by_scaling && element.transform_error > 0) return 0;
  if (bound.factors_overflow() && !std::isfinite(subject)) return 0;
  // Infinity times an alpha that is zero, or minus another term that alpha made infinite.
  return (bound.alpha_vanishes() || by_scaling) && std::isnan(subject) ? 0 : infinity;
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

/// Whether twice the truth is infinite in the format, and infinity is right.
bool doubled_is_infinite(const Bound& bound, const ElementSize& element, double truth) {
  return 2 * std::fabs(truth) >= bound.rounding().limit_out &&
         overflows_rightly(std::copysign(infinity, truth), bound, element, truth);
}

/// Counts what answers of zeros, and of each next element's truth, would get at an element.
void count_evidence(Comparison& comparison, const reference::Truth& truth, const Bound& bound,
                    std::size_t at, double tau) {
  const double value = truth.value[at];
  const bool finite = std::isfinite(value);
  if (finite && truth.magnitude[at] == 0) return;
  ++comparison.telling;
  const bool zero_passes = finite && std::fabs(value) <= tau;
  if (zero_passes) ++comparison.zeros_pass;
  if (zero_passes || !finite || doubled_is_infinite(bound, element_size(truth, bound, at), value))
    ++comparison.doubled_pass;
  if (truth.products[at % truth.products.size()] > 0 && finite && tau > comparison.widest) {
    comparison.widest = tau;
    comparison.widest_at = static_cast<index_t>(at);
  }
  if (at + 1 == truth.value.size()) return;
  const double next = truth.value[at + 1];
  if (next == value || (std::isnan(next) && std::isnan(value))) return;
  ++comparison.differing;
  if (std::fabs(next - value) <= tau) ++comparison.moved_pass;
}

void note_error(Comparison& comparison, double error, double tau, double magnitude) {
  if (std::isfinite(error)) comparison.squares += error * error;
  if (tau > 0 && error / tau > comparison.worst_ratio) comparison.worst_ratio = error / tau;
  if (error > comparison.worst_relative * magnitude && magnitude > 0)
    comparison.worst_relative = error / magnitude;
}

}  // namespace

ElementSize element_size(const reference::Truth& truth, const Bound& bound, std::size_t at) {
  return {.value = std::fabs(truth.value[at]),
          .magnitude = truth.magnitude[at],
          .sum = truth.sum_size_at(at),
          .products = truth.products[at % truth.products.size()],
          .transform_error = bound.transform_error(at),
          .transform_size = bound.transform_size(at)};
}

double bound_at(const reference::Truth& truth, const Bound& bound, std::size_t at) {
  return bound(element_size(truth, bound, at));
}

bool overflows_rightly(double subject, const Bound& bound, const ElementSize& element,
                       double truth) {
  const Rounding& rounding = bound.rounding();
  if (std::isfinite(subject) && !rounding.truncates) return false;
  const bool same_sign = !std::isnan(subject) && std::signbit(subject) == std::signbit(truth);
  // A kernel that truncates reads such a factor as the largest number: its result may be finite.
  if (bound.factors_overflow()) return true;
  if (std::isnan(subject) && bound.nan_by_alpha(element)) return true;
  // Half the limit, because rounding errors and the order of additions make partial sums larger.
  if (bound.largest_sum(element) >= rounding.limit_acc / 2)
    return bound.overflows_both_ways(element) || same_sign;
  if (std::isfinite(subject)) return false;
  // A bound may be infinite; no sum is much larger than its terms together.
  const double most = std::min(element.value + bound(element), 2 * bound.largest_sum(element));
  return same_sign && most >= rounding.limit_out;
}

Comparison compare_exactly(std::span<const double> subject, const reference::Truth& truth,
                           FloatFormat format, double grid) {
  Comparison comparison;
  double furthest = 0;
  for (std::size_t at = 0; at < subject.size(); ++at) {
    if (subject[at] == truth.value[at]) continue;  // a representable truth rounds to itself
    const double expected = round_to(format, truth.value[at]);
    if (subject[at] == expected) continue;  // also where both are the same infinity
    // There is no bound to divide by, and dividing by the smallest number would overflow.
    const double error = std::fabs(subject[at] - expected);
    double outside = infinity;
    if (std::isfinite(error)) outside = error;
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
    const double tau = std::isfinite(expected) ? bound_at(truth, bound, at) : 0;
    if (truth.may_be(subject[at], at)) continue;
    if (bound.loses(at, element_size(truth, bound, at))) {
      ++comparison.lost;
      const bool became_finite = !std::isfinite(expected) && std::isfinite(subject[at]);
      note(comparison, static_cast<index_t>(at), became_finite ? infinity : 0, furthest);
      continue;
    }
    count_evidence(comparison, truth, bound, at, tau);
    double outside = 0;
    if (!std::isfinite(expected)) {
      outside = non_finite_excess(subject[at], expected, bound, element_size(truth, bound, at));
    } else if (!overflows_rightly(subject[at], bound, element_size(truth, bound, at), expected)) {
      const double correction = truth.correction.empty() ? 0 : truth.correction[at];
      const double error = std::fabs((subject[at] - expected) - correction);
      outside = excess(error, tau);
      note_error(comparison, error, tau, truth.magnitude[at]);
    }
    note(comparison, static_cast<index_t>(at), outside, furthest);
  }
  return comparison;
}

}  // namespace convict::oracle
