// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/rounding.hpp"

#include <limits>

namespace convict::oracle {
namespace {

double underflow(Precision precision, bool flushes) {
  if (flushes) return smallest_normal(precision);
  const double step = smallest_subnormal(precision);
  return step / 2 > 0
             ? step / 2
             : step;  // half of f64's smallest subnormal is not a double: the whole one is used
}

}  // namespace

double overflow_limit(Precision precision) {
  // Infinity for f64, whose limit is no double.
  return power_of_two(format_of(precision).max_exponent) * (1 - unit_roundoff(precision) / 2);
}

Rounding rounding_of(Precision precision, const Claims& claims) {
  const Precision accumulator = claims.accumulator.value_or(accumulator_of(precision));
  const Precision storage = storage_of(precision);
  const Precision read_as = claims.input_rounding.value_or(precision);
  const bool narrows = format_of(read_as).digits < format_of(storage).digits;
  const bool flushes = claims.flush_to_zero || claims.denormals_are_zero;
  const double u_q = narrows ? unit_roundoff(read_as) * (claims.truncating_adds ? 2 : 1) : 0;
  const double block = static_cast<double>(claims.truncation_block);
  return {.u_acc = unit_roundoff(accumulator),
          .u_out = storage == accumulator ? 0 : unit_roundoff(storage),
          .input_growth = (1 + u_q) * (1 + u_q),
          .adder = claims.truncating_adds ? 2 * (1 + 1 / block) : 1,
          .eta_acc = underflow(accumulator, flushes),
          .eta_in = claims.denormals_are_zero
                        ? smallest_normal(narrows ? read_as : storage)
                        : (narrows ? 2 * underflow(read_as, claims.flush_to_zero) : 0),
          .eta_out = underflow(storage, flushes),
          .flushes = flushes,
          .truncates = claims.truncating_adds,
          .limit_acc = overflow_limit(accumulator),
          .limit_out = overflow_limit(storage),
          .limit_in = overflow_limit(read_as)};
}

double gamma(double k, double u) {
  return k * u < 1 ? k * u / (1 - k * u) : std::numeric_limits<double>::infinity();
}

double relative_error(const Rounding& rounding, double gamma_k) {
  return rounding.input_growth * (1 + rounding.adder * gamma_k) - 1;
}

}  // namespace convict::oracle
