// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "oracle/bounds/correlation.hpp"
#include "oracle/bounds/rounding.hpp"
#include "oracle/bounds/transform_errors.hpp"

namespace convict::oracle {
namespace {

/// The squares (|value| + floor)^2 of a plane's values.
std::vector<double> squares(std::span<const double> values, double floor) {
  std::vector<double> made(values.size());
  std::ranges::transform(values, made.begin(), [&](double value) {
    const double magnitude = std::fabs(value) + floor;
    return magnitude * magnitude;
  });
  return made;
}

/// Sums over windows of a plane: out[q] = sum of in[q + lo .. q + hi] on one axis.
std::vector<double> window_sums(const std::vector<double>& in, Axes& extents, std::size_t axis,
                                index_t result, index_t lo, index_t hi) {
  Axes out = extents;
  out[axis] = result;
  std::vector<double> sums(static_cast<std::size_t>(volume(out)));
  for_each_position({0, 0, 0}, out, [&](const Axes& q) {
    double& sum = sums[static_cast<std::size_t>(offset_in(out, q, false))];
    Axes at = q;
    const index_t end = std::min(extents[axis], q[axis] + hi + 1);
    for (at[axis] = std::max<index_t>(q[axis] + lo, 0); at[axis] < end; ++at[axis])
      sum += in[static_cast<std::size_t>(offset_in(extents, at, false))];
  });
  extents = out;
  return sums;
}

/// The part of an input plane that the error of a result depends on.
struct Reach {
  bool whole;    ///< the whole plane
  index_t tile;  ///< else the inputs of any tile of this many results that contains the result
};

/// ||x||_2 over the part of one plane that each result position depends on.
std::vector<double> norms_seen(const Correlation& c, std::vector<double> plane,
                               const Reach& reach) {
  if (reach.whole) {
    double sum = 0;
    for (const double square : plane) sum += square;
    return std::vector<double>(static_cast<std::size_t>(volume(c.result)), std::sqrt(sum));
  }
  Axes extents = c.first;
  for (std::size_t a = 0; a < 3; ++a)
    plane = window_sums(plane, extents, a, c.result[a], -(reach.tile - 1) - c.pad[a],
                        reach.tile + c.second[a] - 2 - c.pad[a]);
  for (double& value : plane) value = std::sqrt(value);
  return plane;
}

double transform_size(const Correlation& c, const Reach& reach) {
  double size = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    const index_t seen =
        reach.whole ? c.first[a] : std::min(c.first[a], reach.tile + c.second[a] - 1);
    const auto extent = static_cast<std::uint64_t>(std::max<index_t>(seen, 1) + c.second[a] - 1);
    size *= static_cast<double>(std::bit_ceil(extent));
  }
  return size;
}

/// sum_c ||x_c|| ||w_c||, for every result element.
std::vector<double> norm_products(const Correlation& c, std::span<const double> first,
                                  std::span<const double> second, const Reach& reach,
                                  double floor) {
  const auto results = static_cast<std::size_t>(volume(c.result));
  const auto first_size = static_cast<std::size_t>(volume(c.first));
  const auto second_size = static_cast<std::size_t>(volume(c.second));
  std::vector<double> sums(static_cast<std::size_t>(c.rows * c.columns) * results);
  for (index_t row = 0; row < c.rows; ++row)
    for (index_t j = 0; j < c.terms; ++j) {
      const auto plane = static_cast<std::size_t>(c.first_plane(row, j));
      const std::vector<double> seen =
          norms_seen(c, squares(first.subspan(plane * first_size, first_size), floor), reach);
      for (index_t b = 0; b < c.columns; ++b) {
        const auto other = static_cast<std::size_t>(c.second_plane(row, b, j));
        double sum = 0;
        for (const double s : squares(second.subspan(other * second_size, second_size), floor))
          sum += s;
        const auto begin = static_cast<std::size_t>(c.result_plane(row, b)) * results;
        for (std::size_t q = 0; q < results; ++q)
          sums[begin + (c.reverse_result ? results - 1 - q : q)] +=
              seen[q] * std::sqrt(sum) + floor;
      }
    }
  return sums;
}

}  // namespace

std::vector<double> fft_errors(const reference::Question& question, Precision precision,
                               const Claims& claims) {
  const Rounding rounding = rounding_of(precision, claims);
  const Correlation c = correlation_of(question.spec, question.pass);
  const Reach reach{.whole = claims.arithmetic.tile <= 0 || question.pass == Pass::grad_weights,
                    .tile = claims.arithmetic.tile};
  const double size = transform_size(c, reach);
  const double floor = std::max(rounding.eta_acc, rounding.eta_in) / rounding.u_acc;
  // No value inside a transform is larger than N ||x|| ||w||.
  const double largest =
      largest_finite(claims.accumulator.value_or(accumulator_of(precision))) / (2 * size);
  const double roundings = fft_kappa * std::log2(size) + static_cast<double>(c.terms) + 3;
  const double relative = relative_error(rounding, gamma(roundings, rounding.u_acc));
  std::vector<double> errors = norm_products(
      c, question.pass == Pass::grad_input ? question.output : question.input,
      question.pass == Pass::grad_weights ? question.output : question.filters, reach, floor);
  for (std::size_t at = 0; at < errors.size(); ++at) {
    const bool safe = errors[at] < largest;
    double magnitude = std::fabs(question.alpha) * errors[at];
    if (question.beta != 0) magnitude += std::fabs(question.beta * question.old_result[at]);
    errors[at] = safe && !std::isnan(magnitude) ? relative * magnitude : infinity;
  }
  return errors;
}

}  // namespace convict::oracle
