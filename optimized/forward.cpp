#include <algorithm>

#include "optimized/call.hpp"
#include "optimized/gemm.hpp"
#include "optimized/parallel.hpp"

namespace convict::optimized {
namespace {

/// How a call is cut: a task is one group's block of columns times a piece of its output channels.
struct Plan {
  ColumnBlocks columns;
  Pieces rows;   ///< output channels of a group
  Pieces depth;  ///< rows of the im2col matrix, summed in order
  bool direct;   ///< the columns are the input itself
  bool staged;   ///< the product goes through the workspace: its columns are in several images
  index_t tasks;
  index_t column_elements, stage_elements;  ///< workspace of one worker

  index_t worker_elements() const { return column_elements + stage_elements; }
};

template <class T>
Plan plan_of(const Call<T>& call) {
  const Geometry& g = call.geometry;
  Plan plan{};
  plan.columns = cut_columns(g.batch, call.positions(), block_width<T>);
  plan.staged = plan.columns.images.largest() > 1 || call.positions() > largest_blas_size;
  plan.direct = is_pointwise(g) && !plan.staged;
  plan.depth = cut(call.depth(), plan.direct ? call.depth() : block_depth);
  const index_t blocks = std::max<index_t>(1, plan.columns.count() * g.groups);
  plan.rows =
      cut(g.group_out_channels, ceil_div(g.group_out_channels, ceil_div(wanted_tasks, blocks)));
  plan.tasks = plan.columns.count() * g.groups * plan.rows.count();
  const index_t width = plan.columns.largest_width();
  plan.column_elements = plan.direct ? 0 : plan.depth.largest() * width;
  plan.stage_elements = plan.staged ? plan.rows.largest() * width : 0;
  return plan;
}

template <class T>
struct Tile {
  index_t group;
  ColumnBlock block;
  Range rows;
  T* columns;
  T* stage;
};

template <class T>
Operand<T> filter_rows(const Call<T>& call, const Tile<T>& tile, Range depth) {
  const index_t rows = call.geometry.group_out_channels;
  const T* filters = call.filters + tile.group * rows * call.depth();
  if (call.filters_transposed) return {filters + depth.begin * rows + tile.rows.begin, rows, true};
  return {filters + tile.rows.begin * call.depth() + depth.begin, call.depth()};
}

template <class T>
Operand<T> columns_of(const Call<T>& call, const Plan& plan, const Tile<T>& tile, Range depth) {
  const Geometry& g = call.geometry;
  const Images<const T> x = call.reading_input();
  const index_t first_channel = tile.group * g.group_in_channels;
  if (plan.direct)
    return {x(tile.block.images.begin, first_channel + depth.begin) + tile.block.positions.begin,
            x.plane};
  im2col({g, first_channel, depth, tile.block}, x, tile.columns);
  return {tile.columns, tile.block.width()};
}

/// y[rows, block] = alpha * sum_k filters[rows, k] columns[k, block] + beta * y[rows, block]
template <class T>
void compute(const Call<T>& call, const Plan& plan, const Tile<T>& tile) {
  const index_t first_row = tile.group * call.geometry.group_out_channels;
  const Range rows{first_row + tile.rows.begin, first_row + tile.rows.end};
  T* const y = plan.staged
                   ? tile.stage
                   : call.output(tile.block.images.begin, rows.begin) + tile.block.positions.begin;
  const Scaling<T> scaling = plan.staged ? Scaling<T>{} : call.scaling;
  for (index_t k = 0; k < plan.depth.count(); ++k)
    gemm(Product<T>{.rows = rows.size(),
                    .columns = tile.block.width(),
                    .depth = plan.depth[k].size(),
                    .alpha = scaling.alpha,
                    .a = filter_rows(call, tile, plan.depth[k]),
                    .b = columns_of(call, plan, tile, plan.depth[k]),
                    .beta = k == 0 ? scaling.beta : T{1},
                    .c = y,
                    .c_stride = plan.staged ? tile.block.width() : call.output.plane});
  if (plan.staged) scatter(y, rows, tile.block, call.scaling, call.output);
}

}  // namespace

template <class T>
index_t forward_workspace(const Call<T>& call) {
  const Plan plan = plan_of(call);
  return workers(call.threads, plan.tasks) * plan.worker_elements();
}

template <class T>
void forward(const Call<T>& call) {
  const Plan plan = plan_of(call);
  parallel_for(call.threads, plan.tasks, [&](index_t task, index_t worker) {
    T* const own = call.workspace + worker * plan.worker_elements();
    const index_t row = task % plan.rows.count(), rest = task / plan.rows.count();
    const index_t column = rest % plan.columns.count(), group = rest / plan.columns.count();
    compute(call, plan,
            {group, plan.columns[column], plan.rows[row], own, own + plan.column_elements});
  });
}

template index_t forward_workspace(const Call<float>&);
template index_t forward_workspace(const Call<double>&);
template void forward(const Call<float>&);
template void forward(const Call<double>&);

}  // namespace convict::optimized
