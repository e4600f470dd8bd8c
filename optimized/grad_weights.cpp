// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "optimized/call.hpp"
#include "optimized/gemm.hpp"
#include "optimized/parallel.hpp"

namespace convict::optimized {
namespace {

/// How a call is cut. The columns are divided into slots, the filters of a group into pieces; a
/// task sums the columns of one slot into one piece.
struct Plan {
  ColumnBlocks columns;
  Pieces depth;     ///< rows of the im2col matrix: columns of the filter matrix of a group
  Pieces channels;  ///< output channels of a group, one after the other within a task
  Pieces slots;     ///< column blocks summed together
  bool direct;      ///< the columns are the input itself
  bool gathered;    ///< images of the output gradient are copied side by side first
  index_t tasks;
  index_t column_elements, output_elements;  ///< workspace of one worker
  index_t slot_elements;                     ///< partial sums, one after the other; 0: one slot

  index_t worker_elements() const { return column_elements + output_elements; }
};

/// The number of slots, parts of the sum over columns that get partial sums of their own: as many
/// as are needed to have enough tasks, and one where a copy of the filters is large. Slots are
/// preferred to thinner pieces of the result, each of which would read and pack the output gradient
/// once more.
template <class T>
index_t slot_count(const Call<T>& call, index_t blocks) {
  constexpr index_t largest_copy = (index_t{1} << 20) / static_cast<index_t>(sizeof(T));
  if (call.geometry.out_channels * call.depth() > largest_copy) return 1;
  const index_t pieces = call.geometry.groups * ceil_div(call.depth(), block_depth);
  return std::min(blocks, ceil_div(wanted_tasks, pieces));
}

/// Rows of the im2col matrix per task: fewer where that is needed for enough tasks, but at least
/// 64, so that the product stays efficient.
template <class T>
index_t depth_piece(const Call<T>& call, index_t slots) {
  constexpr index_t least = 64;
  const index_t wanted = ceil_div(wanted_tasks, call.geometry.groups * slots);
  return std::clamp(ceil_div(call.depth(), wanted), least, block_depth);
}

template <class T>
Plan plan_of(const Call<T>& call) {
  const Geometry& g = call.geometry;
  Plan plan{};
  plan.columns = cut_columns(g.batch, call.positions(), block_width<T>);
  const index_t blocks = plan.columns.count(), slots = slot_count(call, blocks);
  plan.slots = cut(blocks, ceil_div(blocks, slots));
  plan.depth = cut(call.depth(), depth_piece(call, slots));
  plan.gathered = plan.columns.images.largest() > 1 || call.positions() > largest_blas_size;
  plan.direct = is_pointwise(g) && !plan.gathered;
  plan.channels = cut(g.group_out_channels, plan.gathered ? block_depth : g.group_out_channels);
  plan.tasks = g.groups * plan.depth.count() * plan.slots.count();
  const index_t width = plan.columns.largest_width();
  plan.column_elements = plan.direct ? 0 : plan.depth.largest() * width;
  plan.output_elements = plan.gathered ? plan.channels.largest() * width : 0;
  plan.slot_elements = plan.slots.count() > 1 ? g.out_channels * call.depth() : 0;
  return plan;
}

template <class T>
struct Tile {
  index_t group;
  Range depth;
  T* columns;
  T* output;
};

template <class T>
Operand<T> columns_of(const Call<T>& call, const Plan& plan, const Tile<T>& tile,
                      const ColumnBlock& block) {
  const Geometry& g = call.geometry;
  const Images<const T> x = call.reading_input();
  const index_t first_channel = tile.group * g.group_in_channels;
  if (plan.direct)
    return {x(block.images.begin, first_channel + tile.depth.begin) + block.positions.begin,
            x.plane, true};
  im2col({g, first_channel, tile.depth, block}, x, tile.columns);
  return {tile.columns, block.width(), true};
}

template <class T>
Operand<T> output_of(const Call<T>& call, const Plan& plan, Range channels,
                     const ColumnBlock& block, T* gathered) {
  const Images<const T> t = call.reading_output();
  if (!plan.gathered)
    return {t(block.images.begin, channels.begin) + block.positions.begin, t.plane};
  gather(t, channels, block, gathered);
  return {gathered, block.width()};
}

/// filters[:, depth] = alpha * sum over the blocks of output[:, block] columns[depth, block]^T
///                     + beta * filters[:, depth]
template <class T>
void accumulate(const Call<T>& call, const Plan& plan, const Tile<T>& tile, Range blocks,
                Scaling<T> scaling, T* filters) {
  const index_t first_row = tile.group * call.geometry.group_out_channels;
  for (index_t i = blocks.begin; i < blocks.end; ++i) {
    const ColumnBlock block = plan.columns[i];
    const Operand<T> columns = columns_of(call, plan, tile, block);
    for (index_t c = 0; c < plan.channels.count(); ++c) {
      const Range rows{first_row + plan.channels[c].begin, first_row + plan.channels[c].end};
      gemm(Product<T>{.rows = rows.size(),
                      .columns = tile.depth.size(),
                      .depth = block.width(),
                      .alpha = scaling.alpha,
                      .a = output_of(call, plan, rows, block, tile.output),
                      .b = columns,
                      .beta = i == blocks.begin ? scaling.beta : T{1},
                      .c = filters + rows.begin * call.depth() + tile.depth.begin,
                      .c_stride = call.depth()});
    }
  }
}

/// filters = alpha * (slot 0 + slot 1 + ...) + beta * filters
template <class T>
void add_slots(const Call<T>& call, const Plan& plan, const T* slots) {
  const Pieces pieces = cut(plan.slot_elements, 4096);
  parallel_for(call.threads, pieces.count(), [&](index_t piece, index_t) {
    for (index_t i = pieces[piece].begin; i < pieces[piece].end; ++i) {
      T sum = slots[i];
      for (index_t s = 1; s < plan.slots.count(); ++s) sum += slots[s * plan.slot_elements + i];
      T& filter = call.filters[i];
      filter =
          call.scaling.alpha * sum + (call.scaling.beta == 0 ? T{0} : call.scaling.beta * filter);
    }
  });
}

}  // namespace

template <class T>
index_t grad_weights_workspace(const Call<T>& call) {
  const Plan plan = plan_of(call);
  return plan.slots.count() * plan.slot_elements +
         workers(call.threads, plan.tasks) * plan.worker_elements();
}

template <class T>
void grad_weights(const Call<T>& call) {
  const Plan plan = plan_of(call);
  const bool slotted = plan.slot_elements > 0;
  T* const worker_space = call.workspace + plan.slots.count() * plan.slot_elements;
  parallel_for(call.threads, plan.tasks, [&](index_t task, index_t worker) {
    T* const own = worker_space + worker * plan.worker_elements();
    const index_t slot = task % plan.slots.count(), rest = task / plan.slots.count();
    const index_t depth = rest % plan.depth.count(), group = rest / plan.depth.count();
    accumulate(call, plan, {group, plan.depth[depth], own, own + plan.column_elements},
               plan.slots[slot], slotted ? Scaling<T>{} : call.scaling,
               slotted ? call.workspace + slot * plan.slot_elements : call.filters);
  });
  if (slotted) add_slots(call, plan, call.workspace);
}

template index_t grad_weights_workspace(const Call<float>&);
template index_t grad_weights_workspace(const Call<double>&);
template void grad_weights(const Call<float>&);
template void grad_weights(const Call<double>&);

}  // namespace convict::optimized
