// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/toeplitz.hpp"

#include "gpu/toeplitz/chunk.hpp"

namespace convict::gpu {
namespace {

/// result = beta * result for `images` rows of `count` elements, by gathering from no columns.
void scale_rows(Queue& queue, index_t images, index_t count, index_t stride, double beta,
                Elements result) {
  Columns rows = rows_of(images, count, stride, 0);
  rows.positions = 0;
  queue.col2im(map_of(rows), {result.data, accumulator_of(result.type)}, {1, beta}, result);
}

/// result = alpha * sums + beta * result, rounded once.
void round_sums(Queue& queue, const ToeplitzCall& call, const Columns& rows, Elements result) {
  const Problem& problem = call.plan.problem;
  queue.col2im(map_of(rows), call.sums, {problem.alpha, problem.beta}, result);
}

void fill_columns(Queue& queue, const ToeplitzCall& call, const Chunk& chunk) {
  if (!call.plan.direct)
    queue.im2col(map_of(columns_of(call.plan, chunk)), call.input_of(chunk), call.columns);
}

void stage_output(Queue& queue, const ToeplitzCall& call, const Chunk& chunk) {
  if (call.plan.staged)
    queue.im2col(map_of(staged_of(call.plan, chunk)), call.output_of(chunk), call.staged);
}

void forward(Queue& queue, const ToeplitzCall& call, const Chunk& chunk) {
  const ToeplitzPlan& plan = call.plan;
  const Scale scale{plan.problem.alpha, plan.problem.beta};
  fill_columns(queue, call, chunk);
  multiply(queue, plan, matrices_of(call, chunk), chunk, plan.staged ? Scale{} : scale);
  if (plan.staged)
    queue.col2im(map_of(staged_of(plan, chunk)), call.staged, scale, call.output_of(chunk));
}

/// x = scale.alpha * (contribution of the chunk's positions) + scale.beta * x
void grad_input_of_chunk(Queue& queue, const ToeplitzCall& call, const Chunk& chunk, Scale scale) {
  const ToeplitzPlan& plan = call.plan;
  stage_output(queue, call, chunk);
  multiply(queue, plan, matrices_of(call, chunk), chunk, plan.direct ? scale : Scale{});
  if (plan.direct) return;
  Columns columns = columns_of(plan, chunk);
  Elements result = call.input_of(chunk);
  if (plan.positions.count() > 1) columns.box = reached_box(columns.geometry, chunk.positions);
  if (plan.sum_elements > 0) {
    columns.x_image_stride = columns.channels * plan.input_plane();
    result = call.sums;
  }
  queue.col2im(map_of(columns), call.columns, scale, result);
}

/// Windows of different positions overlap in the input, so each chunk of positions adds to the
/// result of the chunks before: in the result itself, or in sums of a wider type.
void grad_input_by_positions(Queue& queue, const ToeplitzCall& call, Chunk chunk) {
  const ToeplitzPlan& plan = call.plan;
  const bool apart = plan.sum_elements > 0;
  const index_t images = chunk.images.size();
  const index_t image = plan.geometry.in_channels * plan.input_plane();
  const index_t part = chunk.groups.size() * plan.geometry.group_in_channels * plan.input_plane();
  if (apart)
    scale_rows(queue, images, part, part, 0, call.sums);
  else
    scale_rows(queue, images, part, image, plan.problem.beta, call.input_of(chunk));
  for_each(plan.positions, [&](const Range& positions) {
    chunk.positions = positions;
    grad_input_of_chunk(queue, call, chunk, {apart ? 1.0 : plan.problem.alpha, 1});
  });
  chunk.positions = {};
  if (apart) round_sums(queue, call, rows_of(images, part, image, part), call.input_of(chunk));
}

void grad_input(Queue& queue, const ToeplitzCall& call) {
  const ToeplitzPlan& plan = call.plan;
  for_each(plan.groups, [&](const Range& groups) {
    for_each(plan.images, [&](const Range& images) {
      const Chunk chunk{images, groups, plan.positions[0]};
      if (plan.positions.count() > 1) return grad_input_by_positions(queue, call, chunk);
      grad_input_of_chunk(queue, call, chunk, {plan.problem.alpha, plan.problem.beta});
    });
  });
}

/// True where the filters' gradient is a sum over positions, not only over images: shared filters.
bool sums_positions(const ToeplitzPlan& plan) { return !plan.geometry.unshared; }
bool starts_sum(const ToeplitzPlan& plan, const Chunk& chunk) {
  return chunk.images.begin == 0 && (!sums_positions(plan) || chunk.positions.begin == 0);
}
bool ends_sum(const ToeplitzPlan& plan, const Chunk& chunk) {
  return chunk.images.end == plan.images.total &&
         (!sums_positions(plan) || chunk.positions.end == plan.positions.total);
}

void grad_weights(Queue& queue, const ToeplitzCall& call, const Chunk& chunk) {
  const ToeplitzPlan& plan = call.plan;
  const Problem& problem = plan.problem;
  const bool starts = starts_sum(plan, chunk);
  fill_columns(queue, call, chunk);
  stage_output(queue, call, chunk);
  ProductMatrices matrices = matrices_of(call, chunk);
  if (plan.sum_elements == 0)
    return multiply(queue, plan, matrices, chunk, {problem.alpha, starts ? problem.beta : 1});
  const index_t banks = plan.geometry.unshared ? chunk.positions.size() : 1;
  const index_t row = banks * plan.depth(), rows = chunk.groups.size() * matrices.channels;
  matrices.filters.elements = call.sums;
  matrices.filters.stride = row;
  matrices.filters.by_group = matrices.channels * row;
  multiply(queue, plan, matrices, chunk, {1, starts ? 0.0 : 1.0});
  if (ends_sum(plan, chunk))
    round_sums(queue, call, rows_of(rows, row, plan.banks() * plan.depth(), row),
               call.filters_of(chunk));
}

/// Images innermost: unshared filters of some positions are used for all images before others are
/// read.
template <class Steps>
void for_each_chunk(Queue& queue, const ToeplitzCall& call, const Steps& steps) {
  const ToeplitzPlan& plan = call.plan;
  for_each(plan.groups, [&](const Range& groups) {
    for_each(plan.positions, [&](const Range& positions) {
      for_each(plan.images, [&](const Range& images) {
        steps(queue, call, Chunk{images, groups, positions});
      });
    });
  });
}

Elements result_of(const ToeplitzCall& call) {
  switch (call.plan.problem.pass) {
    case Pass::forward: return call.output;
    case Pass::grad_input: return call.input;
    default: return call.filters;
  }
}

}  // namespace

void enqueue_toeplitz(const ToeplitzPlan& plan, const ToeplitzMemory& memory, Queue& queue) {
  const Problem& problem = plan.problem;
  const ToeplitzCall call = call_of(plan, memory);
  if (plan.empty) return;
  if (plan.no_products) {
    const index_t elements = result_elements(problem.spec, problem.pass);
    return scale_rows(queue, 1, elements, elements, problem.beta, result_of(call));
  }
  switch (problem.pass) {
    case Pass::forward: return for_each_chunk(queue, call, forward);
    case Pass::grad_input: return grad_input(queue, call);
    case Pass::grad_weights: return for_each_chunk(queue, call, grad_weights);
  }
}

}  // namespace convict::gpu
