// SPDX-License-Identifier: Apache-2.0
// Arithmetic other than the kernel claims. Rounding errors of any summation order are no fault.
#include <cmath>

#include "core/half.hpp"
#include "datasets/fills.hpp"
#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

template <Precision Format>
double rounded(Precision, double value) {
  return round_to(format_of(Format), value);
}
constexpr Hooks reads_tf32{.read = rounded<Precision::tf32>};
constexpr Hooks reads_bf16{.read = rounded<Precision::bf16>};
constexpr Hooks reads_f16{.read = rounded<Precision::f16>};
constexpr Hooks sums_in_f16{.round_sum = rounded<Precision::f16>};
constexpr Hooks sums_in_bf16{.round_sum = rounded<Precision::bf16>};
constexpr Hooks sums_in_f32{.round_sum = rounded<Precision::f32>};

constexpr Hooks stores_through_bf16{.finish = [](const Problem&, double value) {
  return round_to(format_of(Precision::bf16), value);
}};

/// Rounds towards zero: takes the nearest number of the format, or its neighbour nearer to zero.
constexpr Hooks truncates_result{.finish = [](const Problem& problem, double value) {
  const FloatFormat format = format_of(problem.precision);
  const double nearest = round_to(format, value);
  if (!std::isfinite(nearest) || std::fabs(nearest) <= std::fabs(value)) return nearest;
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::copysign(std::fabs(nearest) - std::ldexp(1.0, exponent - format.digits), value);
}};

constexpr Hooks saturates_at_f16{.finish = [](const Problem&, double value) {
  const double most = largest_finite(Precision::f16);
  return value > most ? most : value < -most ? -most : value;
}};

constexpr Hooks clamps_at_30000{.finish = [](const Problem&, double value) {
  return value > 30000 ? 30000 : value < -30000 ? -30000 : value;
}};

constexpr Hooks saturates{.finish = [](const Problem& problem, double value) {
  const double most = largest_finite(problem.precision);
  return value > most ? most : value < -most ? -most : value;
}};

/// The exponent saturates and the mantissa stays: a NaN.
constexpr Hooks overflows_to_nan{.finish = [](const Problem& problem, double value) {
  return std::fabs(value) > largest_finite(problem.precision) ? std::nan("") : value;
}};

/// Products with a second operand (the filters of most passes) below 2^-13 are left out.
constexpr Hooks small_filters_as_zero{.multiply = [](Precision precision, double a, double b) {
  return std::fabs(b) < 0x1p-13 ? 0 : round_to_accumulator(precision, a * b);
}};

constexpr Hooks flushes_results{.finish = [](const Problem& problem, double value) {
  return std::fabs(value) < smallest_normal(problem.precision) ? 0 : value;
}};

constexpr Hooks denormals_are_zero{.read = [](Precision precision, double value) {
  return std::fabs(value) < smallest_normal(precision) ? 0 : value;
}};

/// F(4x4, 3x3) divides by 24 in its filter transform, which is not exact for integers.
constexpr Hooks winograd_constants{
    .multiply =
        [](Precision precision, double a, double b) {
          const double transformed = round_to_accumulator(precision, b / 24);
          return round_to_accumulator(precision, a * transformed);
        },
    .combine =
        [](const Problem& problem, double sum, double old) {
          return right_combine(problem, round_to_accumulator(problem.precision, sum * 24), old);
        }};

constexpr Hooks drops_product_1000{.times = [](const Call& call, const Product& product) {
  const Axes& f = call.g.filter;
  const auto& w = product.w;
  return ((w[4] * f[0] + w[5]) * f[1] + w[6]) * f[2] + w[7] == 1000 ? 0 : 1;
}};

constexpr Hooks skips_small_products{.multiply = [](Precision precision, double a, double b) {
  const double product = round_to_accumulator(precision, a * b);
  return std::fabs(product) < 0x1p-10 ? 0 : product;
}};

constexpr Hooks result_64_units_off{.finish = [](const Problem& problem, double value) {
  return value * (1 + 64 * unit_roundoff(problem.precision));
}};

bool is_exact(const Trial& trial) { return datasets::fill_named(trial.recipe.fill).exact; }

/// For real data the rounding of b / 24 is within the bound of direct summation, unless b / 24
/// underflows.
bool shows_a_constant(const Trial& trial) {
  const std::string& fill = trial.recipe.fill;
  const bool small = fill == "subnormal" || fill == "subnormal_mirror" || fill == "wide";
  return (small || is_exact(trial)) && changes_bits<winograd_constants>(trial);
}

/// Sums sequentially but claims a tree of this depth.
constexpr index_t claimed_depth = 4;
constexpr Hooks right_hooks{};
bool is_deeper_than_claimed(const Trial& trial) {
  return !is_exact(trial) && products(trial) > claimed_depth && has_products(trial);
}

constexpr auto claimed_rounding = Precision::tf32;
bool has_bits_beyond_claim(const Trial& trial) {
  return changes_bits(trial, reads_bf16, {.input_rounding = claimed_rounding});
}

Mutant with_claims(Mutant mutant, const Claims& claims) {
  mutant.kernel.claims = claims;
  return mutant;
}

constexpr auto flat = "c3_i6x7_k4_f3x3/forward/f32/fill=flat";

}  // namespace

std::vector<Mutant> precision_mutants() {
  return {
      mutant<reads_tf32>({"reads_tf32", "rounds operands to tf32", "PREC", "bound", flat},
                         changes_bits<reads_tf32>),
      mutant<reads_bf16>({"reads_bf16", "rounds operands to bf16", "PREC", "exact",
                          "c3_i6x7_k4_f3x3/forward/f32/fill=mantissa"},
                         changes_bits<reads_bf16>),
      mutant<reads_f16>({"reads_f16", "rounds operands to f16", "PREC", "exact",
                         "c3_i6x7_k4_f3x3/grad_weights/f32/fill=mantissa_mirror"},
                        changes_bits<reads_f16>),
      mutant<sums_in_f16>({"sums_in_f16", "accumulates in f16", "PREC", "bound", flat},
                          changes_bits<sums_in_f16>),
      mutant<sums_in_bf16>(
          {"sums_in_bf16", "accumulates in bf16", "PREC", "exact", "c3_i6x7_k4_f3x3/forward/bf16"},
          changes_bits<sums_in_bf16>),
      mutant<sums_in_f32>({"sums_in_f32", "accumulates f64 in f32", "PREC", "bound",
                           "c3_i6x7_k4_f3x3/grad_input/f64/fill=flat"},
                          changes_bits<sums_in_f32>),
      mutant<stores_through_bf16>({"stores_through_bf16", "rounds results to bf16", "PREC", "bound",
                                   "c3_i6x7_k4_f3x3/forward/f16/fill=flat"},
                                  changes_bits<stores_through_bf16>),
      mutant<truncates_result>(
          {"truncates_result", "rounds results to the storage format towards zero", "PREC", "exact",
           "c3_i6x7_k4_f3x3/forward/bf16"},
          changes_bits<truncates_result>),
      mutant<saturates_at_f16>({"saturates_at_f16", "limits results to f16's range", "PREC",
                                "exact", "c1_i6x7_k1_f1x1/forward/f32/fill=mantissa"},
                               changes_bits<saturates_at_f16>),
      mutant<clamps_at_30000>({"clamps_at_30000", "limits results to 30,000", "PREC", "bound",
                               "c3_i6x7_k5_f3x3/forward/f16/fill=overflow"},
                              changes_bits<clamps_at_30000>),
      mutant<saturates>({"saturates", "limits results to the largest finite number", "PREC",
                         "bound", "c3_i6x7_k5_f3x3/forward/bf16/fill=overflow"},
                        changes_bits<saturates>),
      mutant<overflows_to_nan>(
          {"overflows_to_nan", "returns NaN for results beyond the largest number", "PREC", "bound",
           "c3_i6x7_k5_f3x3/forward/f16/fill=overflow"},
          changes_bits<overflows_to_nan>),
      mutant<small_filters_as_zero>(
          {"small_filters_as_zero", "treats small filters as zero", "PREC", "bound",
           "c3_i6x7_k4_f3x3/forward/f16/fill=subnormal_mirror"},
          changes_bits<small_filters_as_zero>),
      mutant<flushes_results>(
          {"flushes_results", "flushes subnormal results to zero without claiming it", "PREC",
           "bound", "c3_i6x7_k4_f3x3/forward/f32/fill=subnormal"},
          changes_bits<flushes_results>),
      mutant<denormals_are_zero>(
          {"denormals_are_zero", "reads subnormals as zero without claiming it", "PREC", "bound",
           "c3_i6x7_k4_f3x3/forward/f32/fill=subnormal"},
          changes_bits<denormals_are_zero>),
      mutant<winograd_constants>({"winograd_constants",
                                  "divides by 24 and multiplies back, as Winograd's F(4x4, 3x3), "
                                  "but claims direct summation",
                                  "PREC", "exact", "c3_i6x7_k4_f3x3/forward/f32"},
                                 shows_a_constant),
      mutant<drops_product_1000>({"drops_product_1000", "drops product number 1000 of every sum",
                                  "PREC", "bound", "c120_i4x4_k2_f3x3/forward/f32/fill=flat"}),
      mutant<skips_small_products>({"skips_small_products", "drops products below 2^-10", "PREC",
                                    "bound", "c3_i6x7_k4_f3x3/forward/f32/fill=subnormal"},
                                   changes_bits<skips_small_products>),
      mutant<result_64_units_off>({"result_64_units_off", "is 64 units in the last place too large",
                                   "PREC", "bound", "c1_i6x7_k4_f1x2/forward/f32/fill=flat"},
                                  changes_bits<result_64_units_off>),
      with_claims(mutant({"claims_a_shallow_sum",
                          "claims additions four deep but adds all products in one chain", "PREC",
                          "bound", "c1200_i3x3_k8_f3x3/forward/f32/fill=positive"},
                         convolve_with<right_hooks>, is_deeper_than_claimed),
                  {.accumulation_depth = claimed_depth}),
      with_claims(mutant<reads_bf16>({"claims_tf32_reads_bf16",
                                      "claims to round operands to tf32 but rounds them to bf16",
                                      "PREC", "exact", "c3_i6x7_k4_f3x3/forward/f32/fill=mantissa"},
                                     has_bits_beyond_claim),
                  {.input_rounding = claimed_rounding}),
  };
}

}  // namespace convict::mutants
