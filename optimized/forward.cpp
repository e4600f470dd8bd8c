// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>

#include "optimized/call.hpp"
#include "optimized/gemm.hpp"
#include "optimized/parallel.hpp"

namespace convict::optimized {
namespace {

/// How a call is cut. With many blocks of columns, each block is one task whose im2col matrix stays
/// in the L2 cache of one core. With few, blocks are computed one after the other, and threads
/// share first the im2col of a block, then its output channels.
struct Plan {
  ColumnBlocks columns;
  bool shared;   ///< threads work on one block together
  bool direct;   ///< the columns are the input itself
  bool staged;   ///< the product goes through the workspace: its columns are in several images
  Pieces rows;   ///< output channels of a group
  Pieces depth;  ///< rows of the im2col matrix, summed in order
  index_t blocks;
  index_t column_elements, stage_elements;  ///< workspace of one block, of one product

  index_t workers_on_blocks(int threads) const { return shared ? 1 : workers(threads, blocks); }
  index_t workers_on_rows(int threads) const { return shared ? workers(threads, rows.count()) : 1; }
  index_t block_elements(int threads) const {
    return column_elements + workers_on_rows(threads) * stage_elements;
  }
};

/// The pieces where the columns are the input itself: no matrix has to stay in L2, so blocks are
/// wide. Where that gives too few blocks there are two ways to more tasks: cutting the columns
/// makes BLAS pack the filters once per block, sharing a block among tasks makes it pack the
/// columns once per task. The smaller of the two matrices is packed repeatedly.
template <class T>
Pieces pointwise_positions(const Call<T>& call) {
  const Geometry& g = call.geometry;
  const Pieces wide = cut_positions(call.positions(), 2 * block_width<T>);
  const bool cut_more =
      wide.count() * g.batch * g.groups < wanted_tasks && call.positions() >= g.group_out_channels;
  return cut_more ? cut_positions(call.positions(), ceil_div(call.positions(), wanted_tasks))
                  : wide;
}

/// Blocks of the usual width, or of half of it where only that makes enough tasks. With narrower
/// blocks the products would lose more time than additional tasks gain.
template <class T>
ColumnBlocks column_blocks(const Call<T>& call) {
  const Geometry& g = call.geometry;
  const ColumnBlocks usual = cut_columns(g.batch, call.positions(), block_width<T>);
  if (is_pointwise(g) && usual.images.largest() == 1)
    return {usual.images, pointwise_positions(call)};
  const ColumnBlocks narrow = cut_columns(g.batch, call.positions(), block_width<T> / 2);
  const bool narrow_helps =
      usual.count() * g.groups < wanted_tasks && narrow.count() * g.groups >= wanted_tasks;
  return narrow_helps ? narrow : usual;
}

template <class T>
Plan plan_of(const Call<T>& call) {
  const Geometry& g = call.geometry;
  const index_t all_rows = g.group_out_channels;
  Plan plan{};
  plan.columns = column_blocks(call);
  plan.blocks = plan.columns.count() * g.groups;
  plan.shared = plan.blocks < wanted_tasks;
  plan.staged = plan.columns.images.largest() > 1 || call.positions() > largest_blas_size;
  plan.direct = is_pointwise(g) && !plan.staged;
  const index_t width = std::max<index_t>(1, plan.columns.largest_width());
  const index_t task_rows = plan.shared ? ceil_div(all_rows, wanted_tasks) : all_rows;
  plan.rows = cut(all_rows, plan.staged ? std::min(stage_rows, task_rows) : task_rows);
  const index_t depth =
      plan.shared ? std::max(block_depth, shared_elements<T> / width) : block_depth;
  plan.depth = cut(call.depth(), plan.direct ? call.depth() : depth);
  plan.column_elements = plan.direct ? 0 : plan.depth.largest() * width;
  plan.stage_elements = plan.staged ? plan.rows.largest() * width : 0;
  return plan;
}

/// One block of columns of one group, and its workspace.
template <class T>
struct Block {
  index_t group;
  ColumnBlock columns;
  T* matrix;
  T* stages;
};

/// Takes the place of parallel_for where one thread computes a block alone.
void in_order(index_t tasks, const std::function<void(index_t, index_t)>& body) {
  for (index_t task = 0; task < tasks; ++task) body(task, 0);
}

template <class T>
Operand<T> filter_rows(const Call<T>& call, const Block<T>& block, Range rows, Range depth) {
  const index_t all = call.geometry.group_out_channels;
  const T* filters = call.filters + block.group * all * call.depth();
  if (call.filters_transposed) return {filters + depth.begin * all + rows.begin, all, true};
  return {filters + rows.begin * call.depth() + depth.begin, call.depth()};
}

template <class T>
Operand<T> columns_of(const Call<T>& call, const Plan& plan, const Block<T>& block, Range depth) {
  if (!plan.direct) return {block.matrix, block.columns.width()};
  const Images<const T> x = call.reading_input();
  const index_t channel = block.group * call.geometry.group_in_channels + depth.begin;
  return {x(block.columns.images.begin, channel) + block.columns.positions.begin, x.plane};
}

template <class T, class Loop>
void read_columns(const Call<T>& call, const Block<T>& block, Range depth, const Loop& loop) {
  const Pieces pieces = cut(depth.size(), rows_at_once);
  loop(pieces.count(), [&](index_t piece, index_t) {
    const Range rows{depth.begin + pieces[piece].begin, depth.begin + pieces[piece].end};
    im2col({call.geometry, block.group * call.geometry.group_in_channels, rows, block.columns},
           call.reading_input(), block.matrix + pieces[piece].begin * block.columns.width());
  });
}

/// y[rows, block] = alpha * filters[rows, depth] columns[depth, block] + beta * y[rows, block]
template <class T>
void multiply(const Call<T>& call, const Plan& plan, const Block<T>& block, Range rows, Range depth,
              T* stage) {
  const Scaling<T> scaling{call.scaling.alpha, depth.begin == 0 ? call.scaling.beta : T{1}};
  const index_t first = block.group * call.geometry.group_out_channels;
  const Range channels{first + rows.begin, first + rows.end};
  T* const y =
      call.output(block.columns.images.begin, channels.begin) + block.columns.positions.begin;
  gemm(Product<T>{.rows = rows.size(),
                  .columns = block.columns.width(),
                  .depth = depth.size(),
                  .alpha = plan.staged ? T{1} : scaling.alpha,
                  .a = filter_rows(call, block, rows, depth),
                  .b = columns_of(call, plan, block, depth),
                  .beta = plan.staged ? T{0} : scaling.beta,
                  .c = plan.staged ? stage : y,
                  .c_stride = plan.staged ? block.columns.width() : call.output.plane});
  if (plan.staged) scatter(stage, channels, block.columns, scaling, call.output);
}

template <class T, class Loop>
void compute(const Call<T>& call, const Plan& plan, const Block<T>& block, const Loop& loop) {
  for (index_t k = 0; k < plan.depth.count(); ++k) {
    if (!plan.direct) read_columns(call, block, plan.depth[k], loop);
    loop(plan.rows.count(), [&](index_t row, index_t worker) {
      multiply(call, plan, block, plan.rows[row], plan.depth[k],
               block.stages + worker * plan.stage_elements);
    });
  }
}

}  // namespace

template <class T>
index_t forward_workspace(const Call<T>& call) {
  const Plan plan = plan_of(call);
  return plan.workers_on_blocks(call.threads) * plan.block_elements(call.threads);
}

template <class T>
void forward(const Call<T>& call) {
  const Plan plan = plan_of(call);
  const auto together = [&](index_t tasks, const auto& body) {
    parallel_for(call.threads, tasks, body);
  };
  const auto block_of = [&](index_t i, index_t worker) {
    T* const own = call.workspace + worker * plan.block_elements(call.threads);
    return Block<T>{i / plan.columns.count(), plan.columns[i % plan.columns.count()], own,
                    own + plan.column_elements};
  };
  if (plan.shared)
    for (index_t i = 0; i < plan.blocks; ++i) compute(call, plan, block_of(i, 0), together);
  else
    parallel_for(call.threads, plan.blocks, [&](index_t i, index_t worker) {
      compute(call, plan, block_of(i, worker), in_order);
    });
}

template index_t forward_workspace(const Call<float>&);
template index_t forward_workspace(const Call<double>&);
template void forward(const Call<float>&);
template void forward(const Call<double>&);

}  // namespace convict::optimized
