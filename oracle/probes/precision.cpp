// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/precision.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace convict::oracle::probes {
namespace {

/// The places of the large, the small and the negative large term: adjacent in different orders,
/// and far apart for kernels that sum up in lanes or blocks.
constexpr std::array<std::array<std::size_t, 3>, 6> orders = {
    {{0, 1, 2}, {1, 0, 2}, {0, 8, 31}, {8, 0, 31}, {0, 16, 24}, {31, 30, 29}}};

int most_digits(Precision precision) {
  return storage_of(precision) == Precision::f16 ? 30 : 60;  // 2^30 is a product of two f16
}

/// The subject's 2^k + small - 2^k. The large terms are products, so that every format can
/// represent their factors.
double cancelled(const Dot& dot, const std::array<std::size_t, 3>& order, int k, double small) {
  const double a = power_of_two(k / 2);
  const double b = power_of_two(k - k / 2);
  const std::array<Term, 3> terms = {{{order[0], a, b}, {order[1], small, 1}, {order[2], -a, b}}};
  return dot(terms);
}

bool is_near(double value, double expected, double tolerance) {
  return std::fabs(value - expected) <= tolerance;
}

}  // namespace

int input_digits(const Dot& dot, Precision precision) {
  const int stored = format_of(storage_of(precision)).digits;
  for (int k = 1; k < stored; ++k) {
    const double step = power_of_two(-k);
    if (!is_near(dot(1 + step, 1), 1 + step, step / 4) ||
        !is_near(dot(1, 1 + step), 1 + step, step / 4))
      return k;
  }
  return stored;
}

bool truncates_inputs(const Dot& dot, int digits) {
  const double step = power_of_two(1 - digits);
  return is_near(dot(1 + 0.75 * step, 1), 1, step / 4) ||
         is_near(dot(1, 1 + 0.75 * step), 1, step / 4);
}

int accumulator_digits(const Dot& dot, Precision precision) {
  const int most = most_digits(precision);
  for (int k = 1; k < most; ++k)
    for (const auto& order : orders)
      if (!is_near(cancelled(dot, order, k, 1), 1, 0.5)) return k;
  return most;
}

bool truncates_sums(const Dot& dot, Precision precision, int digits) {
  if (digits >= most_digits(precision)) return false;
  for (const auto& order : orders)
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

bool keeps_subnormal_inputs(const Dot& dot, Precision precision) {
  const double normal = smallest_normal(storage_of(precision));
  return is_near(dot(normal / 4, 16), 4 * normal, normal / 4) &&
         is_near(dot(16, normal / 4), 4 * normal, normal / 4);
}

bool keeps_subnormal_results(const Dot& dot, Precision precision) {
  const double normal = smallest_normal(storage_of(precision));
  const std::array<Term, 2> terms = {{{0, 1.5 * normal, 1}, {1, -normal, 1}}};
  return is_near(dot(normal, 0.5), normal / 2, normal / 8) &&
         is_near(dot(terms), normal / 2, normal / 8);
}

}  // namespace convict::oracle::probes
