// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "ops/bilinear.hpp"
#include "ops/errors.hpp"
#include "ops/params.hpp"

namespace convict::ops {
namespace {

Fraction reduced(Fraction fraction) {
  if (fraction.numerator < 1 || fraction.denominator < 1)
    throw ValueError(fmt::format("frac_ratio is ({}, {}); both numbers must be at least 1",
                                 fraction.numerator, fraction.denominator));
  const index_t divisor = std::gcd(fraction.numerator, fraction.denominator);
  return {fraction.numerator / divisor, fraction.denominator / divisor};
}

/// Where one output position reads an axis: (1 - weight) x[low] + weight x[high].
struct Reading {
  index_t low, high;
  double weight;
};

std::vector<Reading> readings(index_t n, Fraction ratio) {
  const auto [p, q] = ratio;
  index_t span = 0;
  if (!multiply(n, p, span))
    throw ValueError(
        fmt::format("frac_ratio is ({}, {}); {} times {} must fit in 64 bits", p, q, n, p));
  std::vector<Reading> readings;
  for (index_t t = 0; n > 0 && t < ceil_div(span, q); ++t) {
    const index_t scaled = std::clamp<index_t>(t * q - (p - 1) / 2, 0, (n - 1) * p);
    const index_t low = scaled / p;
    readings.push_back(
        {low, std::min(low + 1, n - 1), static_cast<double>(scaled % p) / static_cast<double>(p)});
  }
  return readings;
}

/// x[low] itself when the weight is zero, so that a neighbour that is not finite stays out.
double between(double low, double high, double weight) {
  return weight == 0 ? low : (1 - weight) * low + weight * high;
}

}  // namespace

Array frac_bilinear_upsampling(const Array& input, std::array<Fraction, 2> frac_ratio) {
  const Fraction vertical = reduced(frac_ratio[0]);
  const Fraction horizontal = reduced(frac_ratio[1]);
  require_rank("input", input.shape(), 4);
  const std::vector<Reading> rows = readings(input.extent(2), vertical);
  const std::vector<Reading> columns = readings(input.extent(3), horizontal);
  Array out({input.extent(0), input.extent(1), static_cast<index_t>(rows.size()),
             static_cast<index_t>(columns.size())},
            input.precision());
  const index_t maps = input.extent(0) * input.extent(1);
  std::size_t at = 0;
  for (index_t map = 0; map < maps; ++map) {
    const auto pixel = [&](index_t row, index_t column) {
      return input[static_cast<std::size_t>((map * input.extent(2) + row) * input.extent(3) +
                                            column)];
    };
    for (const Reading& r : rows)
      for (const Reading& c : columns) {
        const double low = between(pixel(r.low, c.low), pixel(r.low, c.high), c.weight);
        const double high = between(pixel(r.high, c.low), pixel(r.high, c.high), c.weight);
        out.set(at++, between(low, high, r.weight));
      }
  }
  return out;
}

Array frac_bilinear_upsampling(const Array& input, Fraction frac_ratio) {
  return frac_bilinear_upsampling(input, std::array{frac_ratio, frac_ratio});
}

}  // namespace convict::ops
