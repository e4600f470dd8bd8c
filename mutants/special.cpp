// SPDX-License-Identifier: Apache-2.0
// NaN, infinities and signs lost.
#include <cmath>

#include "mutants/tables.hpp"

namespace convict::mutants {
namespace {

constexpr Hooks reads_nan_as_zero{
    .read = [](Precision, double value) { return std::isnan(value) ? 0 : value; }};

constexpr Hooks reads_infinity_as_largest{.read = [](Precision precision, double value) {
  return std::isinf(value) ? std::copysign(largest_finite(precision), value) : value;
}};

/// fmin and fmax return the other operand for a NaN.
constexpr Hooks clamps_result{.finish = [](const Problem& problem, double value) {
  const double most = largest_finite(problem.precision);
  return std::fmax(-most, std::fmin(most, value));
}};

constexpr Hooks rectifies{
    .finish = [](const Problem&, double value) { return value < 0 ? 0 : value; }};

constexpr Hooks skips_non_finite_products{.multiply = [](Precision precision, double a, double b) {
  return std::isfinite(a * b) ? round_to_accumulator(precision, a * b) : 0;
}};

constexpr Hooks skips_zero_operands{.multiply = [](Precision precision, double a, double b) {
  return a == 0 || b == 0 ? 0 : round_to_accumulator(precision, a * b);
}};

constexpr auto special = "c3_i6x7_k4_f3x3/forward/f32/fill=special,seed=1";

}  // namespace

std::vector<Mutant> special_mutants() {
  return {
      mutant<reads_nan_as_zero>(
          {"reads_nan_as_zero", "reads NaN operands as 0", "PREC", "bound", special},
          changes_bits<reads_nan_as_zero>),
      mutant<reads_infinity_as_largest>(
          {"reads_infinity_as_largest", "reads infinite operands as the largest finite number",
           "PREC", "bound", special},
          changes_bits<reads_infinity_as_largest>),
      mutant<clamps_result>({"clamps_result", "clamps results by fmin and fmax, which drop NaN",
                             "PREC", "bound", special},
                            changes_bits<clamps_result>),
      mutant<rectifies>({"rectifies", "replaces negative results by 0 (ReLU)", "PREC", "exact",
                         "c3_i6x7_k4_f3x3/forward/f32"},
                        changes_bits<rectifies>),
      mutant<skips_non_finite_products>(
          {"skips_non_finite_products", "leaves out products that are not finite", "PREC", "bound",
           special},
          changes_bits<skips_non_finite_products>),
      mutant<skips_zero_operands>(
          {"skips_zero_operands", "skips products with a zero, as if zero times infinity were zero",
           "PREC", "bound", "c3_i6x7_k4_f3x3/forward/f32/fill=special_zeros,seed=1"},
          changes_bits<skips_zero_operands>),
  };
}

}  // namespace convict::mutants
