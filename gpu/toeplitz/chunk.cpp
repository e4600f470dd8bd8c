// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/chunk.hpp"

#include <algorithm>

namespace convict::gpu {
namespace {

Geometry pointwise(const Axes& extents) {
  Geometry g{};
  g.input = g.output = extents;
  g.filter = g.stride = g.dilation = {1, 1, 1};
  return g;
}

/// Strides of a matrix with `rows` rows a group, as Form lays it out.
void set_strides(Columns& columns, const ToeplitzPlan& plan, const Chunk& chunk, index_t rows) {
  const index_t all_rows = chunk.groups.size() * rows, positions = chunk.positions.size();
  switch (plan.form) {
    case Form::by_image:
      columns.row_stride = padded(positions);
      columns.image_stride = all_rows * columns.row_stride;
      columns.position_stride = 1;
      return;
    case Form::side_by_side:
      columns.row_stride = padded(chunk.columns());
      columns.image_stride = positions;
      columns.position_stride = 1;
      return;
    case Form::by_position:
      columns.row_stride = 1;
      columns.image_stride = padded(all_rows);
      columns.position_stride = chunk.images.size() * columns.image_stride;
      return;
  }
}

using Family = ProductMatrices::Family;

/// A tensor of images as matrices, one for every image and group, with `rows` channels as rows.
Family planes(Elements elements, index_t rows, index_t plane, index_t channels) {
  return {elements, plane, rows * plane, channels * plane};
}

/// A matrix in the workspace with `rows` rows a group.
Family in_workspace(const ToeplitzPlan& plan, const Chunk& chunk, Elements elements, index_t rows) {
  Columns strides;
  set_strides(strides, plan, chunk, rows);
  if (plan.form == Form::by_position)
    return {elements, strides.image_stride, rows, strides.position_stride};
  return {elements, strides.row_stride, rows * strides.row_stride, strides.image_stride};
}

}  // namespace

Elements ToeplitzCall::input_of(const Chunk& chunk) const {
  const Geometry& g = plan.geometry;
  return input.at((chunk.images.begin * g.in_channels + chunk.groups.begin * g.group_in_channels) *
                  plan.input_plane());
}
Elements ToeplitzCall::output_of(const Chunk& chunk) const {
  const Geometry& g = plan.geometry;
  return output.at(
      (chunk.images.begin * g.out_channels + chunk.groups.begin * g.group_out_channels) *
          plan.output_plane() +
      chunk.positions.begin);
}
Elements ToeplitzCall::filters_of(const Chunk& chunk) const {
  const index_t bank = plan.geometry.unshared ? chunk.positions.begin : 0;
  const index_t channel = chunk.groups.begin * plan.geometry.group_out_channels;
  return filters.at((channel * plan.banks() + bank) * plan.depth());
}

ToeplitzCall call_of(const ToeplitzPlan& plan, const ToeplitzMemory& memory) {
  auto part = [next = memory.workspace](index_t elements, Precision type) mutable {
    const Elements place{next, type};
    next += aligned(static_cast<std::size_t>(elements * bytes_of(type)));
    return place;
  };
  const Elements columns = part(plan.column_elements, plan.column_type());
  const Elements staged = part(plan.staged_elements, plan.staged_type());
  const Elements sums = part(plan.sum_elements, plan.accumulator);
  return {.plan = plan,
          .input = {memory.input, plan.storage},
          .filters = {memory.filters, plan.storage},
          .output = {memory.output, plan.storage},
          .columns = columns,
          .staged = staged,
          .sums = sums};
}

ProductMatrices matrices_of(const ToeplitzCall& call, const Chunk& chunk) {
  const ToeplitzPlan& plan = call.plan;
  const Geometry& g = plan.geometry;
  const index_t depth = plan.depth(), banks = plan.banks(), rows = g.group_out_channels;
  ProductMatrices m;
  m.channels = rows;
  m.depth = depth;
  m.filters = {call.filters_of(chunk), banks * depth, rows * banks * depth, 0};
  m.columns = plan.direct ? planes(call.input_of(chunk), depth, plan.input_plane(), g.in_channels)
                          : in_workspace(plan, chunk, call.columns, depth);
  m.output = plan.staged ? in_workspace(plan, chunk, call.staged, rows)
                         : planes(call.output_of(chunk), rows, plan.output_plane(), g.out_channels);
  if (plan.form == Form::by_image) m.others = chunk.images.size();
  if (plan.form != Form::by_position) return m;
  // The images of one position are the rows of a matrix, stored with the stride of images.
  m.others = chunk.positions.size();
  m.filters.by_other = depth;
  if (plan.direct) m.columns.stride = g.in_channels;
  if (!plan.staged) m.output.stride = g.out_channels;
  return m;
}

Columns columns_of(const ToeplitzPlan& plan, const Chunk& chunk) {
  const Geometry& g = plan.geometry;
  const Geometry shape = plan.pointwise ? pointwise({1, 1, plan.output_plane()}) : g;
  Columns columns{.geometry = shape,
                  .images = chunk.images.size(),
                  .channels = chunk.groups.size() * g.group_in_channels,
                  .x_image_stride = g.in_channels * plan.input_plane(),
                  .x_channel_stride = plan.input_plane(),
                  .first_position = chunk.positions.begin,
                  .positions = chunk.positions.size(),
                  .box = {{0, 0, 0}, shape.input}};
  set_strides(columns, plan, chunk, plan.depth());
  return columns;
}

Columns staged_of(const ToeplitzPlan& plan, const Chunk& chunk) {
  const Geometry& g = plan.geometry;
  const Axes line = {1, 1, chunk.positions.size()};
  Columns staged{.geometry = pointwise(line),
                 .images = chunk.images.size(),
                 .channels = chunk.groups.size() * g.group_out_channels,
                 .x_image_stride = g.out_channels * plan.output_plane(),
                 .x_channel_stride = plan.output_plane(),
                 .positions = chunk.positions.size(),
                 .box = {{0, 0, 0}, line}};
  set_strides(staged, plan, chunk, g.group_out_channels);
  return staged;
}

Columns rows_of(index_t images, index_t count, index_t x_stride, index_t column_stride) {
  return {.geometry = pointwise({1, 1, count}),
          .images = images,
          .channels = 1,
          .x_image_stride = x_stride,
          .positions = count,
          .image_stride = column_stride,
          .box = {{0, 0, 0}, {1, 1, count}}};
}

Box reached_box(const Geometry& g, const Range& positions) {
  Box box{{0, 0, 0}, g.input};
  index_t first = positions.begin, last = positions.end - 1;
  for (std::size_t a = 3; a-- > 0;) {
    const index_t lines_first = first / g.output[a], lines_last = last / g.output[a];
    // All positions of an axis where the range spans several lines of it.
    const bool whole = lines_first != lines_last;
    const index_t from = whole ? 0 : first % g.output[a];
    const index_t to = whole ? g.output[a] - 1 : last % g.output[a];
    const index_t begin = from * g.stride[a] - g.pad_before[a];
    const index_t end = to * g.stride[a] - g.pad_before[a] + (g.filter[a] - 1) * g.dilation[a] + 1;
    box.begin[a] = std::clamp<index_t>(begin, 0, g.input[a]);
    box.extents[a] = std::clamp<index_t>(end, 0, g.input[a]) - box.begin[a];
    first = lines_first;
    last = lines_last;
  }
  return box;
}

}  // namespace convict::gpu
