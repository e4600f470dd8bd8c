// SPDX-License-Identifier: Apache-2.0
#include "sandbox/wire/plugin_problem.hpp"

#include <algorithm>

#include "core/geometry.hpp"

namespace convict::sandbox {
namespace {

/// resolve_border, but 0 where the padding does not fit in 64 bits.
SidePadding border_if_it_fits(const ConvSpec& spec, std::size_t a) {
  if (spec.border == BorderMode::none) return spec.padding[a];
  index_t taps = 0;
  index_t reach = 0;
  if (!add(spec.filter[a], -1, taps) || !multiply(taps, spec.dilation[a], reach) ||
      !add(reach, 1, reach))
    return {};
  return resolve_border(spec.border, {}, reach);
}

/// Copies the spec's own parameters. A spec with an invalid rank is not lifted to three axes.
void put_axes(const ConvSpec& spec, convict_problem& out) {
  const bool liftable = spec.rank >= 1 && spec.rank <= max_rank;
  const ConvSpec cube = liftable ? lifted(spec) : spec;
  const std::size_t first_axis = liftable ? static_cast<std::size_t>(max_rank - spec.rank) : 0;
  for (std::size_t a = 0; a < max_rank; ++a) {
    const SidePadding pad = a < first_axis ? SidePadding{} : border_if_it_fits(cube, a);
    out.input[a] = cube.input[a];
    out.filter[a] = cube.filter[a];
    out.stride[a] = cube.stride[a];
    out.dilation[a] = cube.dilation[a];
    out.pad_before[a] = pad.before;
    out.pad_after[a] = pad.after;
  }
}

void put_shapes(const Problem& problem, convict_problem& out) {
  const Axes output = geometry_of(problem.spec).output;
  const FilterShape filters = broadcast_over_positions(problem.shapes.filters, output);
  std::ranges::copy(output, out.output);
  std::ranges::copy(problem.shapes.input.strides, out.input_strides);
  std::ranges::copy(filters.strides, out.filter_strides);
  std::ranges::copy(problem.shapes.output.strides, out.output_strides);
}

}  // namespace

convict_problem plugin_problem(const Problem& problem) {
  const ConvSpec& spec = problem.spec;
  convict_problem out{};
  out.size = sizeof(out);
  out.pass = plugin_bit(problem.pass);
  out.precision = plugin_bit(problem.precision);
  out.rank = spec.rank;
  out.threads = problem.threads;
  out.batch = spec.batch;
  out.in_channels = spec.in_channels;
  out.out_channels = spec.out_channels;
  out.groups = spec.groups;
  out.flip = spec.flip ? 1 : 0;
  out.unshared = spec.unshared ? 1 : 0;
  out.alpha = problem.alpha;
  out.beta = problem.beta;
  put_axes(spec, out);
  if (!why_invalid(spec)) put_shapes(problem, out);
  return out;
}

}  // namespace convict::sandbox
