// SPDX-License-Identifier: Apache-2.0
#include "datasets/exact_limits.hpp"

#include <algorithm>
#include <cmath>

#include "core/geometry.hpp"

namespace convict::datasets {
namespace {

constexpr int f64_digits = 31;
constexpr int f16_result_digits = 14;  // 2^14 < 65504 / 2
constexpr int finest_scale = 8;
constexpr index_t preferred_old_limit = 64;

/// The smallest q for which value * 2^q is an integer; nothing where it is above finest_scale.
std::optional<int> scale_digits(double value) {
  for (int q = 0; q <= finest_scale; ++q)
    if (std::ldexp(value, q) == std::nearbyint(std::ldexp(value, q))) return q;
  return std::nullopt;
}

int sum_digits(Precision precision, Precision accumulator) {
  int digits = accumulator == Precision::f64 ? f64_digits : format_of(accumulator).digits;
  if (precision == Precision::f64) digits = std::min(digits, f64_digits);
  if (storage_of(precision) == Precision::f16) digits = std::min(digits, f16_result_digits);
  return digits;
}

index_t integer_root(index_t value) {
  auto root = static_cast<index_t>(std::sqrt(static_cast<double>(value)));
  while (root * root > value) --root;
  while ((root + 1) * (root + 1) <= value) ++root;
  return root;
}

}  // namespace

index_t most_products(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  const index_t taps = g.filter[0] * g.filter[1] * g.filter[2];
  switch (pass) {
    case Pass::forward: return g.group_in_channels * taps;
    case Pass::grad_input: return g.group_out_channels * taps;
    case Pass::grad_weights:
      return g.batch * (g.unshared ? 1 : g.output[0] * g.output[1] * g.output[2]);
  }
  return 0;
}

bool can_be_exact(const Claims& claims) {
  return claims.arithmetic.kind == Arithmetic::Class::direct;
}

std::optional<ExactLimits> exact_limits(const ConvSpec& spec, Pass pass, Precision precision,
                                        double alpha, double beta, const Claims& claims,
                                        index_t most) {
  const auto q_alpha = scale_digits(alpha);
  const auto q_beta = scale_digits(beta);
  if (!q_alpha || !q_beta) return std::nullopt;
  const int q = std::max(*q_alpha, *q_beta);
  const Precision accumulator = claims.accumulator.value_or(accumulator_of(precision));
  const Precision read_as = claims.input_rounding.value_or(precision);

  ExactLimits limits;
  limits.products = most_products(spec, pass);
  if (most > 0) limits.products = std::min(limits.products, most);
  limits.grid = std::ldexp(1.0, -q);
  const index_t input_limit =
      index_t{1} << std::min({format_of(read_as).digits, format_of(precision).digits, 31});
  double budget = std::ldexp(1.0, sum_digits(precision, accumulator) - q);
  if (beta != 0) {
    const double share = budget / 4 / std::fabs(beta);
    limits.old_limit = std::min({preferred_old_limit, input_limit, static_cast<index_t>(share)});
    if (limits.old_limit < 1) return std::nullopt;
    budget -= std::fabs(beta) * static_cast<double>(limits.old_limit);
  }
  const double each = budget / std::max(1.0, std::fabs(alpha)) /
                      static_cast<double>(std::max<index_t>(limits.products, 1));
  limits.product_limit = static_cast<index_t>(each);
  if (limits.product_limit < 1) return std::nullopt;
  limits.operand_limit = std::min(integer_root(limits.product_limit), input_limit);
  limits.wide_limit = std::min(limits.product_limit, input_limit);
  return limits;
}

}  // namespace convict::datasets
