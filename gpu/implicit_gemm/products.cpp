// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <numeric>

#include "core/geometry.hpp"
#include "gpu/implicit_gemm/plan.hpp"

namespace convict::gpu::implicit_gemm {
namespace {

using Four = std::array<index_t, 4>;

Digits<index_t> digits_of(const Four& extents) {
  Digits<index_t> digits;
  std::ranges::copy(extents, digits.extents);
  for (std::size_t i = 0; i < 3; ++i)
    digits.dividers[i] = Divider<index_t>(std::max<index_t>(extents[i + 1], 1));
  return digits;
}

Affine<index_t> affine(index_t start, const Four& steps) {
  Affine<index_t> result{.start = start};
  std::ranges::copy(steps, result.steps);
  return result;
}

index_t product_of(const Four& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), index_t{1}, std::multiplies<>());
}

/// {first, strides[a] * by[a] for the spatial axes a}.
Four with_axes(index_t first, const Axes& strides, const Axes& by) {
  return {first, strides[0] * by[0], strides[1] * by[1], strides[2] * by[2]};
}

Axes axes_from(const auto& values, std::size_t first) {
  return {values[first], values[first + 1], values[first + 2]};
}

/// One of a product's two indices of four digits: a channel or an image, and a step along each
/// axis, which moves B's position on that axis. For each digit: its steps in B, and in the other
/// tensor that the index addresses.
struct Side {
  Four extents{};
  Axes positions{};
  Four b{};
  index_t other_start = 0;
  Four other{};
};

/// The digits in the order from the largest step in B to the smallest, so that neighbouring indices
/// are neighbours in memory in every layout.
Four slowest_first(const Side& side) {
  Four order{0, 1, 2, 3};
  std::ranges::stable_sort(order, std::greater<>(), [&](index_t digit) {
    const auto at = static_cast<std::size_t>(digit);
    return side.extents[at] == 1 ? std::numeric_limits<index_t>::max() : std::abs(side.b[at]);
  });
  return order;
}

Four in_order(const Four& values, const Four& order) {
  Four result;
  std::ranges::transform(order, result.begin(),
                         [&](index_t digit) { return values[static_cast<std::size_t>(digit)]; });
  return result;
}

/// B's position on one axis; digit axis + 1 moves it.
Affine<index_t> position(const Side& side, std::size_t axis, index_t start, const Four& order) {
  Four steps{};
  steps[axis + 1] = side.positions[axis];
  return affine(start, in_order(steps, order));
}

/// The properties of a product besides its two sides.
struct Frame {
  index_t groups, rows;
  index_t a_row, c_row;
  index_t a_group, b_group, c_group;
  Axes position_start, b_extents, b_strides;
};

Product<index_t> join(const Frame& frame, const Side& columns, const Side& depth) {
  const Four column_order = slowest_first(columns), depth_order = slowest_first(depth);
  Product<index_t> p{.groups = frame.groups,
                     .rows = frame.rows,
                     .columns = product_of(columns.extents),
                     .depth = product_of(depth.extents),
                     .column_digits = digits_of(in_order(columns.extents, column_order)),
                     .depth_digits = digits_of(in_order(depth.extents, depth_order)),
                     .a_row = frame.a_row,
                     .c_row = frame.c_row,
                     .a_depth = affine(depth.other_start, in_order(depth.other, depth_order)),
                     .b_depth = affine(0, in_order(depth.b, depth_order)),
                     .b_column = affine(0, in_order(columns.b, column_order)),
                     .c_column = affine(columns.other_start, in_order(columns.other, column_order)),
                     .a_group = frame.a_group,
                     .b_group = frame.b_group,
                     .c_group = frame.c_group};
  p.split_depth = p.depth;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    p.position_depth[axis] = position(depth, axis, 0, depth_order);
    p.position_column[axis] = position(columns, axis, frame.position_start[axis], column_order);
    p.extents[axis] = frame.b_extents[axis];
    p.b_column.start += frame.position_start[axis] * frame.b_strides[axis];
  }
  return p;
}

/// A problem with its lifted index maps and strides.
struct Setting {
  Geometry g;
  TensorShapes shapes;
  Axes input = axes_from(shapes.input.strides, 2);
  Axes output = axes_from(shapes.output.strides, 2);
  Axes filter = axes_from(shapes.filters.strides, 5);

  index_t filter_row() const { return shapes.filters.strides[0]; }
  index_t filter_channel() const { return shapes.filters.strides[4]; }
  index_t filter_group() const { return g.group_out_channels * filter_row(); }
  index_t input_group() const { return g.group_in_channels * shapes.input.strides[1]; }
  index_t output_group() const { return g.group_out_channels * shapes.output.strides[1]; }
};

/// The taps (c, u): their steps in the input and in the filters.
Side taps(const Setting& s) {
  Axes step = s.g.dilation;
  if (s.g.flip)
    for (index_t& d : step) d = -d;
  return {.extents = {s.g.group_in_channels, s.g.filter[0], s.g.filter[1], s.g.filter[2]},
          .positions = step,
          .b = with_axes(s.shapes.input.strides[1], s.input, step),
          .other = with_axes(s.filter_channel(), s.filter, {1, 1, 1})};
}

/// The positions (n, o): their steps in the input and in the output.
Side places(const Setting& s) {
  return {.extents = {s.g.batch, s.g.output[0], s.g.output[1], s.g.output[2]},
          .positions = s.g.stride,
          .b = with_axes(s.shapes.input.strides[0], s.input, s.g.stride),
          .other = with_axes(s.shapes.output.strides[0], s.output, {1, 1, 1})};
}

Axes first_tap(const Geometry& g) {
  return {g.tap_offset(0, 0), g.tap_offset(1, 0), g.tap_offset(2, 0)};
}

Product<index_t> forward(const Setting& s) {
  return join({.groups = s.g.groups,
               .rows = s.g.group_out_channels,
               .a_row = s.filter_row(),
               .c_row = s.shapes.output.strides[1],
               .a_group = s.filter_group(),
               .b_group = s.input_group(),
               .c_group = s.output_group(),
               .position_start = first_tap(s.g),
               .b_extents = s.g.input,
               .b_strides = s.input},
              places(s), taps(s));
}

Product<index_t> grad_weights(const Setting& s) {
  return join({.groups = s.g.groups,
               .rows = s.g.group_out_channels,
               .a_row = s.shapes.output.strides[1],
               .c_row = s.filter_row(),
               .a_group = s.output_group(),
               .b_group = s.input_group(),
               .c_group = s.filter_group(),
               .position_start = first_tap(s.g),
               .b_extents = s.g.input,
               .b_strides = s.input},
              taps(s), places(s));
}

/// One axis of grad_input for the input positions i = residue + s i'. Output position
/// q = (i + l - phi d) / s reaches i through tap phi where the division has no remainder; those phi
/// are first + j step for 0 <= j < taps, step = s / gcd(s, d), and q = i' + start - j d / gcd(s,
/// d).
struct AxisClass {
  index_t residue = 0, positions = 0;
  index_t taps = 0, start = 0, position_step = 0;
  index_t tap_start = 0, tap_step = 0;  ///< of the tap as stored, flipped or not
};

AxisClass axis_class(const Geometry& g, std::size_t axis, index_t residue) {
  const index_t s = g.stride[axis], d = g.dilation[axis], k = g.filter[axis];
  const index_t common = std::gcd(s, d), step = s / common;
  const index_t shifted = residue + g.pad_before[axis];
  AxisClass c{.residue = residue, .positions = ceil_div(g.input[axis] - residue, s)};
  index_t first = 0;
  while (first < std::min(step, k) && (shifted - first * d) % s != 0) ++first;
  if (first == std::min(step, k)) return c;
  c.taps = (k - 1 - first) / step + 1;
  c.start = (shifted - first * d) / s;
  c.position_step = -(d / common);
  c.tap_start = g.flip ? k - 1 - first : first;
  c.tap_step = g.flip ? -step : step;
  return c;
}

Product<index_t> grad_input(const Setting& s, const std::array<AxisClass, 3>& axes) {
  const auto of = [&](index_t AxisClass::*member) {
    return Axes{axes[0].*member, axes[1].*member, axes[2].*member};
  };
  const auto at = [](const Axes& indices, const Axes& strides) {
    return std::inner_product(indices.begin(), indices.end(), strides.begin(), index_t{0});
  };
  const Axes positions = of(&AxisClass::positions), counts = of(&AxisClass::taps);
  const Side columns{.extents = {s.g.batch, positions[0], positions[1], positions[2]},
                     .positions = {1, 1, 1},
                     .b = with_axes(s.shapes.output.strides[0], s.output, {1, 1, 1}),
                     .other_start = at(of(&AxisClass::residue), s.input),
                     .other = with_axes(s.shapes.input.strides[0], s.input, s.g.stride)};
  const Axes step = of(&AxisClass::position_step);
  const Side depth{.extents = {s.g.group_out_channels, counts[0], counts[1], counts[2]},
                   .positions = step,
                   .b = with_axes(s.shapes.output.strides[1], s.output, step),
                   .other_start = at(of(&AxisClass::tap_start), s.filter),
                   .other = with_axes(s.filter_row(), s.filter, of(&AxisClass::tap_step))};
  return join({.groups = s.g.groups,
               .rows = s.g.group_in_channels,
               .a_row = s.filter_channel(),
               .c_row = s.shapes.input.strides[1],
               .a_group = s.filter_group(),
               .b_group = s.output_group(),
               .c_group = s.input_group(),
               .position_start = of(&AxisClass::start),
               .b_extents = s.g.output,
               .b_strides = s.output},
              columns, depth);
}

std::vector<AxisClass> axis_classes(const Geometry& g, std::size_t axis) {
  std::vector<AxisClass> classes;
  for (index_t residue = 0; residue < std::min(g.stride[axis], g.input[axis]); ++residue)
    classes.push_back(axis_class(g, axis, residue));
  return classes;
}

std::vector<Product<index_t>> grad_input_classes(const Setting& s) {
  std::vector<Product<index_t>> products;
  for (const AxisClass& c0 : axis_classes(s.g, 0))
    for (const AxisClass& c1 : axis_classes(s.g, 1))
      for (const AxisClass& c2 : axis_classes(s.g, 2))
        products.push_back(grad_input(s, {c0, c1, c2}));
  return products;
}

}  // namespace

index_t residue_classes(const ConvSpec& spec) {
  index_t classes = 1;
  for (std::size_t axis = 0; axis < max_rank; ++axis)
    if (!convict::multiply(classes, std::min(spec.stride[axis], spec.input[axis]), classes))
      return std::numeric_limits<index_t>::max();
  return classes;
}

std::vector<Product<index_t>> products_of(const Problem& problem) {
  if (result_elements(problem.spec, problem.pass) == 0) return {};
  const Setting setting{.g = geometry_of(problem.spec), .shapes = problem.shapes};
  if (problem.pass == Pass::forward) return {forward(setting)};
  if (problem.pass == Pass::grad_weights) return {grad_weights(setting)};
  return grad_input_classes(setting);
}

}  // namespace convict::gpu::implicit_gemm
