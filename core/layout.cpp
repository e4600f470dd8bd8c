// SPDX-License-Identifier: Apache-2.0
#include "core/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/errors.hpp"
#include "core/geometry.hpp"
#include "core/precision.hpp"

namespace convict {
namespace {

/// inner, rounded up to a multiple; false when it does not fit.
bool round_to_multiple(index_t& inner, index_t multiple) {
  return add(inner, multiple - 1, inner) && multiply(inner / multiple, multiple, inner);
}

/// The positions that an axis takes up; false when they do not fit.
bool count_positions(const AxisStep& step, index_t extent, index_t& positions) {
  if (step.times == 0) return add(extent == 0 ? 0 : 1, step.unused, positions);
  index_t distance = step.times;
  return (distance > 0 || multiply(distance, -1, distance)) &&
         multiply(distance, extent, positions) && add(positions, step.unused, positions);
}

/// Sets the strides; false when they do not fit in 64 bits. `pitch` more positions of the fastest
/// axis are unused.
template <std::size_t Rank>
bool set_strides(Shape<Rank>& shape, const AxisOrder<Rank>& order,
                 const std::array<AxisStep, Rank>& steps, index_t pitch) {
  index_t inner = 1;
  for (std::size_t i = Rank; i-- > 0;) {
    const std::size_t axis = order[i];
    AxisStep step = steps[axis];
    if (i == Rank - 1 && !add(step.unused, pitch, step.unused)) return false;
    index_t positions = 0;
    if (!round_to_multiple(inner, step.multiple) ||
        !multiply(inner, step.times, shape.strides[axis]) ||
        !count_positions(step, shape.extents[axis], positions) ||
        !multiply(inner, positions, inner))
      return false;
  }
  return multiply(inner, widest_element_bytes, inner);
}

InputShape image_extents(index_t batch, index_t channels, const Axes& extents) {
  return {{batch, channels, extents[0], extents[1], extents[2]}, {}};
}

template <std::size_t Rank>
bool has_repeats(const std::array<AxisStep, Rank>& steps) {
  for (const AxisStep& step : steps)
    if (step.times == 0) return true;
  return false;
}
template <std::size_t Rank>
void drop_repeats(std::array<AxisStep, Rank>& steps) {
  for (AxisStep& step : steps)
    if (step.times == 0) step.times = 1;
}

template <class Predicate>
bool any_step(const Steps& steps, Predicate predicate) {
  return std::ranges::any_of(steps.input, predicate) ||
         std::ranges::any_of(steps.filters, predicate) ||
         std::ranges::any_of(steps.output, predicate);
}

/// The slowest axis is n, and its step is larger than an image.
bool spreads(const AxisOrder<5>& order, const std::array<AxisStep, 5>& steps) {
  if (order[0] != 0) return false;
  const AxisStep& images = steps[0];
  return std::abs(images.times) > 1 || images.multiple > 1 || steps[order[1]].unused > 0;
}

}  // namespace

bool has_unusual_order(const Layout& layout) {
  return layout != Layout::nchw && layout != Layout::nhwc;
}

bool slices_filters(const Steps& steps) {
  return std::ranges::any_of(steps.filters, [](const AxisStep& step) {
    return std::abs(step.times) > 1 || step.unused > 0 || step.multiple > 1;
  });
}

bool spreads_images(const Layout& layout, const Steps& steps) {
  return spreads(layout.input, steps.input) || spreads(layout.output, steps.output);
}

bool aligns_steps(const Steps& steps) {
  return any_step(steps, [](const AxisStep& step) { return step.multiple > 1; });
}
bool has_repeats(const Steps& steps) {
  return any_step(steps, [](const AxisStep& step) { return step.times == 0; });
}
bool has_reversed(const Steps& steps) {
  return any_step(steps, [](const AxisStep& step) { return step.times < 0; });
}

bool repeats_result(const Steps& steps, Pass pass) {
  switch (pass) {
    case Pass::forward: return has_repeats(steps.output);
    case Pass::grad_input: return has_repeats(steps.input);
    case Pass::grad_weights: return has_repeats(steps.filters);
  }
  return false;
}

Steps without_repeated_result(Steps steps, Pass pass) {
  switch (pass) {
    case Pass::forward: drop_repeats(steps.output); break;
    case Pass::grad_input: drop_repeats(steps.input); break;
    case Pass::grad_weights: drop_repeats(steps.filters); break;
  }
  return steps;
}

Steps without_repeats(Steps steps) {
  drop_repeats(steps.input);
  drop_repeats(steps.filters);
  drop_repeats(steps.output);
  return steps;
}

TensorShapes shapes_of(const ConvSpec& spec, const Layout& layout, index_t pitch,
                       const Steps& steps) {
  const Geometry g = geometry_of(spec);
  const Axes bank = g.unshared ? g.output : Axes{1, 1, 1};
  TensorShapes shapes{.input = image_extents(g.batch, g.in_channels, g.input),
                      .filters = {{g.out_channels, bank[0], bank[1], bank[2], g.group_in_channels,
                                   g.filter[0], g.filter[1], g.filter[2]},
                                  {}},
                      .output = image_extents(g.batch, g.out_channels, g.output)};
  if (!set_strides(shapes.input, layout.input, steps.input, pitch) ||
      !set_strides(shapes.filters, layout.filters, steps.filters, 0) ||
      !set_strides(shapes.output, layout.output, steps.output, pitch))
    throw SpecError(fmt::format("with pitch {} and steps {}, a tensor does not fit in 64 bits",
                                pitch, to_string(steps)));
  return shapes;
}

FilterShape broadcast_over_positions(FilterShape filters, const Axes& output) {
  for (std::size_t a = 0; a < max_rank; ++a) {
    if (filters.extents[1 + a] == 1) filters.strides[1 + a] = 0;
    filters.extents[1 + a] = output[a];
  }
  return filters;
}

}  // namespace convict
