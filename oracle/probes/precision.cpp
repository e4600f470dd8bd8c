// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/precision.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/half.hpp"

namespace convict::oracle::probes {
namespace {

using Order = std::array<std::size_t, 3>;

/// The places of the large, the small and the negative large term in a sum of n terms: adjacent in
/// different orders, and far apart for kernels that sum up in lanes or blocks. n is at least 3.
std::array<Order, 6> orders_of(std::size_t n) {
  const std::size_t near = std::max<std::size_t>(n / 4, 1);
  return {{{0, 1, 2},
           {1, 0, 2},
           {0, near, n - 1},
           {near, 0, n - 1},
           {0, n / 2, std::max(3 * n / 4, n / 2 + 1)},
           {n - 1, n - 2, n - 3}}};
}

int most_digits(Precision precision) {
  return storage_of(precision) == Precision::f16 ? 30 : 60;  // 2^30 is a product of two f16
}

/// The subject's 2^k + small - 2^k. The large terms are products, so that every format can
/// represent their factors.
double cancelled(const Dot& dot, const Order& order, int k, double small) {
  const double a = power_of_two(k / 2);
  const double b = power_of_two(k - k / 2);
  const std::array<Term, 3> terms = {{{order[0], a, b}, {order[1], small, 1}, {order[2], -a, b}}};
  return dot(terms);
}

bool is_near(double value, double expected, double tolerance) {
  return std::fabs(value - expected) <= tolerance;
}

/// The first k in [1, most) for which `holds` is false, found by bisection; `most` if there is
/// none.
template <class Holds>
int first_failure(int most, const Holds& holds) {
  int below = 0;
  int found = most;
  while (found - below > 1) {
    const int k = (below + found) / 2;
    (holds(k) ? below : found) = k;
  }
  return found;
}

}  // namespace

int input_digits(const Dot& dot, Precision precision) {
  const int stored = format_of(storage_of(precision)).digits;
  return first_failure(stored, [&](int k) {
    const double step = power_of_two(-k);
    return is_near(dot(1 + step, 1), 1 + step, step / 4) &&
           is_near(dot(1, 1 + step), 1 + step, step / 4);
  });
}

bool truncates_inputs(const Dot& dot, int digits) {
  const double step = power_of_two(1 - digits);
  return is_near(dot(1 + 0.75 * step, 1), 1, step / 4) ||
         is_near(dot(1, 1 + 0.75 * step), 1, step / 4);
}

int accumulator_digits(const Dot& dot, Precision precision) {
  const auto orders = orders_of(dot.places());
  return first_failure(most_digits(precision), [&](int k) {
    return std::ranges::all_of(
        orders, [&](const Order& order) { return is_near(cancelled(dot, order, k, 1), 1, 0.5); });
  });
}

bool truncates_sums(const Dot& dot, Precision precision, int digits) {
  if (digits >= most_digits(precision)) return false;
  for (const Order& order : orders_of(dot.places()))
    for (const double sign : {1.0, -1.0})
      if (is_near(cancelled(dot, order, digits, sign * 1.5), 0, 0.25)) return true;
  return false;
}

bool truncates_results(const Dot& dot, Precision precision) {
  const double step = power_of_two(1 - format_of(storage_of(precision)).digits);
  const double half = power_of_two(-5);
  const std::array<Term, 2> terms = {{{0, 1, 1}, {1, 0.75 * step / half, half}}};
  return dot(terms) == 1;
}

Subnormals subnormals(const Dot& dot, Precision precision) {
  const double normal = smallest_normal(storage_of(precision));
  const std::size_t last = dot.places() - 1;
  const auto gives = [&](const Term& a, const Term& b, double expected) {
    const std::array<Term, 2> terms = {{a, b}};
    return is_near(dot(terms), expected, normal / 8);
  };
  // Whichever place is added last: after it, not even zero is added to the difference.
  const bool results_kept = gives({0, 1.5 * normal, 1}, {1, -normal, 1}, normal / 2) ||
                            gives({last - 1, 1.5 * normal, 1}, {last, -normal, 1}, normal / 2);
  return {.first_kept = is_near(dot(normal / 4, 16), 4 * normal, normal / 4),
          .second_kept = is_near(dot(16, normal / 4), 4 * normal, normal / 4),
          .results_kept = results_kept,
          .running_sums_kept = is_near(dot(normal, 0.5), normal / 2, normal / 8) &&
                               gives({0, normal, 0.5}, {last, 1.5 * normal, 1}, 2 * normal) &&
                               gives({0, 1.5 * normal, 1}, {last, normal, 0.5}, 2 * normal)};
}

NonFinite non_finite(const Dot& dot, Precision precision) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const FloatFormat format = format_of(storage_of(precision));
  int exponent = 0;
  std::frexp(largest_finite(storage_of(precision)), &exponent);
  const double large = round_to(format, power_of_two(exponent / 2 + 1));
  return {.infinity = dot(infinite, 1),
          .overflow = dot(large, large),
          .nan_dropped = !std::isnan(dot(not_a_number, 1)) || !std::isnan(dot(1, not_a_number))};
}

}  // namespace convict::oracle::probes
