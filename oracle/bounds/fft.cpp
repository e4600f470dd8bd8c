// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

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

/// Sums over a whole axis, whose extent becomes 1.
std::vector<double> axis_sums(const std::vector<double>& in, Axes& extents, std::size_t axis) {
  Axes out = extents;
  out[axis] = 1;
  std::vector<double> sums(static_cast<std::size_t>(volume(out)));
  for_each_position({0, 0, 0}, extents, [&](const Axes& at) {
    Axes to = at;
    to[axis] = 0;
    sums[static_cast<std::size_t>(offset_in(out, to, false))] +=
        in[static_cast<std::size_t>(offset_in(extents, at, false))];
  });
  extents = out;
  return sums;
}

/// The part of an input plane that the error of a result depends on.
struct Reach {
  unsigned axes;  ///< the axes that are transformed
  bool whole;     ///< their whole extent
  index_t tile;   ///< else the inputs of any tile of this many results that contains the result

  bool transforms(std::size_t axis) const { return (axes >> axis & 1) != 0; }
};

/// A norm for some of the positions of a plane.
struct Norms {
  Axes extents;
  std::vector<double> values;

  double at(const Axes& i) const {
    return values[static_cast<std::size_t>(offset_in(extents, i, false))];
  }
};

/// ||x||_2 of one plane over the part that a result depends on along the axes that are transformed,
/// by result position there (0 where it is the whole axis) and by input position elsewhere.
Norms norms_of_first(const Correlation& c, std::vector<double> plane, const Reach& reach) {
  Norms made{c.first, {}};
  for (std::size_t a = 0; a < 3; ++a) {
    if (!reach.transforms(a)) continue;
    plane = reach.whole
                ? axis_sums(plane, made.extents, a)
                : window_sums(plane, made.extents, a, c.result[a], -(reach.tile - 1) - c.pad[a],
                              reach.tile + c.second[a] - 2 - c.pad[a]);
  }
  for (double& value : plane) value = std::sqrt(value);
  made.values = std::move(plane);
  return made;
}

/// ||w||_2 over the axes that are transformed, by tap on the others.
Norms norms_of_second(const Correlation& c, std::vector<double> plane, const Reach& reach) {
  Norms made{c.second, {}};
  for (std::size_t a = 0; a < 3; ++a)
    if (reach.transforms(a)) plane = axis_sums(plane, made.extents, a);
  for (double& value : plane) value = std::sqrt(value);
  made.values = std::move(plane);
  return made;
}

double transform_size(const Correlation& c, const Reach& reach) {
  double size = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    if (!reach.transforms(a)) continue;
    const index_t seen =
        reach.whole ? c.first[a] : std::min(c.first[a], reach.tile + c.second[a] - 1);
    const auto extent = static_cast<std::uint64_t>(std::max<index_t>(seen, 1) + c.second[a] - 1);
    size *= static_cast<double>(std::bit_ceil(extent));
  }
  return size;
}

/// Taps (for grad_weights, output positions) that are summed directly.
index_t direct_taps(const Correlation& c, const Reach& reach) {
  index_t taps = 1;
  for (std::size_t a = 0; a < 3; ++a) taps *= reach.transforms(a) ? 1 : c.second[a];
  return taps;
}

/// The sum over the taps v that are summed directly of ||x(q, v)|| ||w(v)||.
double norm_product(const Correlation& c, const Norms& first, const Norms& second,
                    const Reach& reach, const Axes& q) {
  double sum = 0;
  for_each_position({0, 0, 0}, second.extents, [&](const Axes& v) {
    Axes at{};
    for (std::size_t a = 0; a < 3; ++a)
      at[a] = !reach.transforms(a) ? c.first_position(a, q[a], v[a]) : reach.whole ? 0 : q[a];
    if (inside(first.extents, at)) sum += first.at(at) * second.at(v);
  });
  return sum;
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
      const Norms seen =
          norms_of_first(c, squares(first.subspan(plane * first_size, first_size), floor), reach);
      for (index_t b = 0; b < c.columns; ++b) {
        const auto other = static_cast<std::size_t>(c.second_plane(row, b, j));
        std::vector<double> taps = squares(second.subspan(other * second_size, second_size), floor);
        if (c.reverse_second) std::ranges::reverse(taps);
        const Norms norms = norms_of_second(c, std::move(taps), reach);
        const auto begin = static_cast<std::size_t>(c.result_plane(row, b)) * results;
        for_each_position({0, 0, 0}, c.result, [&](const Axes& q) {
          const index_t to = offset_in(c.result, q, c.reverse_result);
          sums[begin + static_cast<std::size_t>(to)] +=
              norm_product(c, seen, norms, reach, q) + floor;
        });
      }
    }
  return sums;
}

}  // namespace

TransformErrors fft_errors(const reference::Question& question, Precision precision,
                           const Claims& claims) {
  const Rounding rounding = rounding_of(precision, claims);
  const Correlation c = correlation_of(question.spec, question.pass);
  const Reach reach{.axes = transformed_axes(question.spec, claims.arithmetic),
                    .whole = claims.arithmetic.tile <= 0 || question.pass == Pass::grad_weights,
                    .tile = claims.arithmetic.tile};
  const double size = transform_size(c, reach);
  const double floor = std::max(rounding.eta_acc, rounding.eta_in) / rounding.u_acc;
  // No value inside a transform is larger than N ||x|| ||w||.
  const double largest =
      largest_finite(claims.accumulator.value_or(accumulator_of(precision))) / (2 * size);
  const double roundings =
      fft_kappa * std::log2(size) + static_cast<double>(c.terms * direct_taps(c, reach)) + 3;
  const double relative = relative_error(rounding, gamma(roundings, rounding.u_acc));
  std::vector<double> sizes = norm_products(
      c, question.pass == Pass::grad_input ? question.output : question.input,
      question.pass == Pass::grad_weights ? question.output : question.filters, reach, floor);
  std::vector<double> peaks = sizes;
  for (double& peak : peaks)
    if (!(peak < largest)) peak = infinity;
  return scaled_errors(question, sizes, std::move(peaks), relative);
}

}  // namespace convict::oracle
