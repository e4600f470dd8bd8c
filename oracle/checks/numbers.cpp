// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/half.hpp"
#include "datasets/exact_limits.hpp"
#include "datasets/random.hpp"
#include "oracle/truth/case.hpp"
#include "oracle/truth/compare.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {
namespace {

constexpr int most_digits = 31;  ///< of integer operands: exact f64 results have 31 bits at most

/// `claims` with an accumulator no wider than the storage format: a result that fits such an
/// accumulator is not rounded when it is stored.
Claims without_rounding(const Trial& trial, Claims claims) {
  const Precision storage = storage_of(trial.precision);
  const Precision accumulator = claims.accumulator.value_or(accumulator_of(trial.precision));
  const bool narrower = format_of(accumulator).digits < format_of(storage).digits;
  claims.accumulator = narrower ? accumulator : storage;
  return claims;
}

index_t root_of(index_t value) {
  auto root = static_cast<index_t>(std::sqrt(static_cast<double>(value)));
  while (root * root > value) --root;
  return root;
}

/// The largest absolute value of integer operands, or 0 when not even 1 gives exact results.
index_t largest_operand(const Trial& trial, const Claims& claims, std::span<const Pass> passes,
                        int spare_bits) {
  const Precision read_as = claims.input_rounding.value_or(trial.precision);
  const int digits =
      std::min({format_of(read_as).digits, format_of(trial.precision).digits, most_digits});
  index_t largest = index_t{1} << (digits - spare_bits);
  for (const Pass pass : passes) {
    const auto limits =
        datasets::exact_limits(trial.spec, pass, trial.precision, harmless_alpha(trial), 0, claims);
    if (!limits) return 0;
    largest = std::min(largest, root_of(limits->product_limit >> spare_bits));
  }
  return largest;
}

}  // namespace

std::vector<double> Numbers::operator()(index_t count, std::uint64_t stream) const {
  const datasets::Stream random(seed, stream);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < values.size(); ++at) {
    const double sign = (random.bits(2 * at) & 1) != 0 ? -1.0 : 1.0;
    values[at] = exact ? sign * static_cast<double>(1 + random.below(2 * at + 1, limit))
                       : round_to(format, sign * (0.5 + 0.5 * random.uniform(2 * at + 1)));
  }
  return values;
}

std::vector<double> Numbers::signs(index_t count, std::uint64_t stream) const {
  const datasets::Stream random(seed, stream);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < values.size(); ++at)
    values[at] = (random.bits(at) & 1) != 0 ? -1.0 : 1.0;
  return values;
}

std::optional<Numbers> numbers_for(const Trial& trial, const Claims& claims,
                                   std::span<const Pass> passes, int spare_bits,
                                   std::string& why_not) {
  const bool exact =
      datasets::fill_named(trial.recipe.fill).exact && datasets::can_be_exact(claims);
  Numbers numbers{.exact = exact,
                  .limit = 1,
                  .format = format_of(storage_of(trial.precision)),
                  .seed = trial.recipe.seed};
  if (!exact) {
    numbers.format.digits -= 2;
    if (has_bound(claims)) return numbers;
    why_not = "no bound is known for the arithmetic it claims";
    return std::nullopt;
  }
  numbers.limit = largest_operand(trial, without_rounding(trial, claims), passes, spare_bits);
  if (numbers.limit >= 1) return numbers;
  why_not = fmt::format("too many products are summed in one element for exact results in {}",
                        name_of(trial.precision));
  return std::nullopt;
}

double harmless_alpha(const Trial& trial) {
  constexpr double largest_product = 16;  // of sums of a few operands, see Numbers
  const double alpha = trial.recipe.alpha;
  const double scaled = std::ldexp(alpha, 8);
  index_t products = 1;
  for (const Pass pass : all_passes)
    products = std::max(products, datasets::most_products(trial.spec, pass));
  const double result = std::fabs(alpha) * static_cast<double>(products) * largest_product;
  const bool is_small = result < largest_finite(trial.precision) / 2;
  return is_small && scaled != 0 && scaled == std::nearbyint(scaled) ? alpha : 1;
}

std::vector<double> bounds_of(const Problem& problem, const datasets::Operands& operands,
                              const Claims& claims) {
  const reference::Question question{.spec = problem.spec,
                                     .pass = problem.pass,
                                     .input = operands.input,
                                     .filters = operands.filters,
                                     .output = operands.output,
                                     .alpha = problem.alpha,
                                     .beta = problem.beta,
                                     .old_result = operands.old_result};
  const reference::Truth truth = reference::truth(question, reference::Width::f64);
  const Bound bound = bound_for(question, problem.precision, claims);
  std::vector<double> bounds(truth.value.size());
  for (std::size_t at = 0; at < bounds.size(); ++at) bounds[at] = bound_at(truth, bound, at);
  return bounds;
}

}  // namespace convict::oracle
