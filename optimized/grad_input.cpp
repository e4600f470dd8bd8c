// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "optimized/call.hpp"
#include "optimized/gemm.hpp"
#include "optimized/input_tiles.hpp"
#include "optimized/parallel.hpp"

namespace convict::optimized {
namespace {

/// The adjoint of a pointwise convolution is a pointwise convolution with the transposed filter
/// matrix: no windows overlap, so neither columns nor scattered additions are needed.
template <class T>
Call<T> pointwise_adjoint(const Call<T>& call) {
  Call<T> adjoint = call;
  std::swap(adjoint.geometry.in_channels, adjoint.geometry.out_channels);
  std::swap(adjoint.geometry.group_in_channels, adjoint.geometry.group_out_channels);
  std::swap(adjoint.input, adjoint.output);
  adjoint.filters_transposed = true;
  return adjoint;
}

/// How a tile of the input is computed: rows of the im2col matrix by columns, in order.
struct Plan {
  InputTiles tiles;
  Pieces rows;      ///< rows of the im2col matrix of a tile's channels
  Pieces channels;  ///< output channels of a group, summed in order
  index_t width;    ///< columns at a time
  bool gathered;    ///< images of the output gradient are copied side by side first
  index_t column_elements, output_elements;  ///< workspace of one worker

  index_t worker_elements() const { return column_elements + output_elements; }
};

template <class T>
Plan plan_of(const Call<T>& call) {
  const Geometry& g = call.geometry;
  const index_t channels = std::max<index_t>(1, block_depth / call.taps());
  const ColumnBlocks columns = cut_columns(g.batch, call.positions(), block_width<T>);
  Plan plan{};
  plan.tiles = cut_input(g, columns.images, channels);
  plan.rows = cut(plan.tiles.channels.largest() * call.taps(), block_depth);
  plan.width = columns.positions.size;
  plan.gathered = columns.images.largest() > 1 || call.positions() > largest_blas_size;
  plan.channels = cut(g.group_out_channels, plan.gathered ? block_depth : g.group_out_channels);
  const index_t width = columns.largest_width();
  plan.column_elements = plan.rows.largest() * width;
  plan.output_elements = plan.gathered ? plan.channels.largest() * width : 0;
  return plan;
}

template <class T>
struct Space {
  T* columns;
  T* output;
};

template <class T>
Operand<T> output_of(const Call<T>& call, const Plan& plan, Range channels,
                     const ColumnBlock& block, T* gathered) {
  const Images<const T> t = call.reading_output();
  if (!plan.gathered)
    return {t(block.images.begin, channels.begin) + block.positions.begin, t.plane};
  gather(t, channels, block, gathered);
  return {gathered, block.width()};
}

/// columns[rows, block] = alpha * filters[:, rows]^T output[:, block], the sum over the group's
/// output channels
template <class T>
void compute_columns(const Call<T>& call, const Plan& plan, const Patch& patch, index_t group,
                     const Space<T>& space) {
  const index_t first = group * call.geometry.group_out_channels;
  for (index_t c = 0; c < plan.channels.count(); ++c) {
    const Range channels{first + plan.channels[c].begin, first + plan.channels[c].end};
    gemm(Product<T>{
        .rows = patch.rows.size(),
        .columns = patch.block.width(),
        .depth = channels.size(),
        .alpha = call.scaling.alpha,
        .a = {call.filters + channels.begin * call.depth() + patch.rows.begin, call.depth(), true},
        .b = output_of(call, plan, channels, patch.block, space.output),
        .beta = c == 0 ? T{0} : T{1},
        .c = space.columns,
        .c_stride = patch.block.width()});
  }
}

/// One thread computes a whole tile: there are no data races, and the order of additions is fixed.
template <class T>
void compute(const Call<T>& call, const Plan& plan, const InputTile& tile, const Space<T>& space) {
  const Geometry& g = call.geometry;
  scale_tile(g, tile, call.scaling.beta, call.input);
  const Range positions = reaching_positions(g, tile.box);
  const Pieces columns{positions.size(), plan.width};
  const Pieces rows{tile.channels.size() * call.taps(), plan.rows.size};
  for (index_t i = 0; i < columns.count(); ++i)
    for (index_t j = 0; j < rows.count(); ++j) {
      const index_t first_row = tile.channels.begin * call.taps();
      const Patch patch{
          g,
          tile.group * g.group_in_channels,
          {first_row + rows[j].begin, first_row + rows[j].end},
          {tile.images, {positions.begin + columns[i].begin, positions.begin + columns[i].end}}};
      compute_columns(call, plan, patch, tile.group, space);
      col2im(patch, space.columns, tile.box, call.input);
    }
}

}  // namespace

template <class T>
index_t grad_input_workspace(const Call<T>& call) {
  if (is_pointwise(call.geometry)) return forward_workspace(pointwise_adjoint(call));
  const Plan plan = plan_of(call);
  return workers(call.threads, plan.tiles.count()) * plan.worker_elements();
}

template <class T>
void grad_input(const Call<T>& call) {
  if (is_pointwise(call.geometry)) return forward(pointwise_adjoint(call));
  const Plan plan = plan_of(call);
  parallel_for(call.threads, plan.tiles.count(), [&](index_t task, index_t worker) {
    T* const own = call.workspace + worker * plan.worker_elements();
    compute(call, plan, plan.tiles[task], Space<T>{own, own + plan.column_elements});
  });
}

template index_t grad_input_workspace(const Call<float>&);
template index_t grad_input_workspace(const Call<double>&);
template void grad_input(const Call<float>&);
template void grad_input(const Call<double>&);

}  // namespace convict::optimized
