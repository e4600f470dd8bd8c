// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/transform_errors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/geometry.hpp"
#include "core/problem.hpp"

namespace convict::oracle {

unsigned transformed_axes(const ConvSpec& spec, const Arithmetic& arithmetic) {
  const Geometry g = geometry_of(spec);
  const bool is_winograd = arithmetic.kind == Arithmetic::Class::winograd;
  if (arithmetic.kind == Arithmetic::Class::direct || g.unshared) return 0;
  unsigned axes = 0;
  for (int axis = 0; axis < max_rank; ++axis) {
    if (!arithmetic.covers(axis)) continue;
    const auto a = static_cast<std::size_t>(axis);
    const bool plain = g.stride[a] == 1 && g.dilation[a] == 1;
    const bool suits = !is_winograd || (g.filter[a] == arithmetic.taps && arithmetic.taps > 1);
    if (plain && suits) axes |= 1U << a;
    const bool is_obstacle = !plain || (!suits && g.filter[a] != 1);
    if (is_obstacle && arithmetic.fallback == Arithmetic::Fallback::all_axes) return 0;
  }
  return axes;
}

namespace {

/// Nothing is known about what tiles hold: one non-finite operand may reach every element.
TransformErrors without_bound(const reference::Question& question) {
  const auto finite = [](double value) { return std::isfinite(value); };
  const bool all_finite = std::ranges::all_of(question.input, finite) &&
                          std::ranges::all_of(question.filters, finite) &&
                          std::ranges::all_of(question.output, finite);
  const auto elements = static_cast<std::size_t>(result_elements(question.spec, question.pass));
  return {.error = std::vector<double>(elements, infinity),
          .size = std::vector<double>(elements),
          .lost = std::vector<std::uint8_t>(elements, all_finite ? 0 : 1)};
}

}  // namespace

TransformErrors transform_errors(const reference::Question& question, Precision precision,
                                 const Claims& claims) {
  if (transformed_axes(question.spec, claims.arithmetic) == 0) return {};
  if (!has_bound(claims)) return without_bound(question);
  return claims.arithmetic.kind == Arithmetic::Class::winograd
             ? winograd_errors(question, precision, claims)
             : fft_errors(question, precision, claims);
}

TransformErrors scaled_errors(const reference::Question& question, const std::vector<double>& w,
                              std::vector<double> peaks, double relative) {
  const std::size_t elements = w.size();
  TransformErrors made{.error = std::vector<double>(elements),
                       .size = std::move(peaks),
                       .lost = std::vector<std::uint8_t>(elements)};
  for (std::size_t at = 0; at < elements; ++at) {
    double magnitude = std::fabs(question.alpha) * w[at];
    if (question.beta != 0) magnitude += std::fabs(question.beta * question.old_result[at]);
    made.lost[at] = std::isfinite(made.size[at]) && !std::isnan(magnitude) ? 0 : 1;
    made.error[at] = made.lost[at] != 0 ? infinity : magnitude == 0 ? 0 : magnitude * relative;
  }
  return made;
}

}  // namespace convict::oracle
