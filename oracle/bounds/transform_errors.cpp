// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/transform_errors.hpp"

#include "core/geometry.hpp"
#include "oracle/bounds/cook_toom.hpp"

namespace convict::oracle {

unsigned transformed_axes(const ConvSpec& spec, const Arithmetic& arithmetic) {
  const Geometry g = geometry_of(spec);
  const bool is_winograd = arithmetic.kind == Arithmetic::Class::winograd;
  if (arithmetic.kind == Arithmetic::Class::direct || g.unshared) return 0;
  if (is_winograd && !has_cook_toom(arithmetic.tile, arithmetic.taps)) return 0;
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

std::vector<double> transform_errors(const reference::Question& question, Precision precision,
                                     const Claims& claims) {
  if (transformed_axes(question.spec, claims.arithmetic) == 0) return {};
  return claims.arithmetic.kind == Arithmetic::Class::winograd
             ? winograd_errors(question, precision, claims)
             : fft_errors(question, precision, claims);
}

}  // namespace convict::oracle
