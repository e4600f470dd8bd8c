// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/plan.hpp"

#include <algorithm>

namespace convict::gpu {
namespace {

bool is_pointwise(const Geometry& g) {
  return volume(g.filter) == 1 && g.stride == Axes{1, 1, 1} && g.pad_before == Axes{0, 0, 0} &&
         g.input == g.output;
}

bool lacks_products(const Geometry& g, Pass pass) {
  switch (pass) {
    case Pass::forward: return g.group_in_channels == 0;
    case Pass::grad_input: return g.group_out_channels == 0;
    default: return g.batch == 0;
  }
}

Form form_of(const ToeplitzPlan& plan) {
  if (plan.geometry.unshared || plan.output_plane() == 1) return Form::by_position;
  return plan.problem.pass == Pass::grad_weights ? Form::side_by_side : Form::by_image;
}

/// Bytes of workspace for one column of one image and group.
index_t column_bytes(const ToeplitzPlan& plan) {
  const index_t staged = plan.staged ? plan.geometry.group_out_channels : 0;
  return plan.depth() * bytes_of(plan.column_type()) + staged * bytes_of(plan.staged_type());
}

/// The pieces of a cut image have a multiple of so many columns: rows of the matrix then start at
/// multiples of 128 bytes in every type.
constexpr index_t whole_lines = 64;

/// Chunks of whole images where one fits; else of groups of one image; else of positions of one
/// group.
void cut_by_image(ToeplitzPlan& plan, index_t columns) {
  const Geometry& g = plan.geometry;
  const index_t planes = columns / plan.output_plane();
  plan.positions = cut(plan.output_plane(), columns, whole_lines);
  plan.groups = cut(g.groups, planes);
  plan.images = cut(g.batch, planes / g.groups);
}

/// Chunks with all images of a position where they fit, so that the filters, the largest operand,
/// are read once; then with as many positions, then groups, as fit.
void cut_by_position(ToeplitzPlan& plan, index_t columns, index_t most_images) {
  const Geometry& g = plan.geometry;
  plan.images = cut(g.batch, std::min(columns, most_images));
  const index_t positions = columns / plan.images.largest();
  plan.positions = cut(plan.output_plane(), positions);
  plan.groups = cut(g.groups, positions / plan.output_plane());
}

void cut_chunks(ToeplitzPlan& plan, index_t chunk_bytes) {
  const Geometry& g = plan.geometry;
  if (plan.form != Form::by_position) return cut_by_image(plan, chunk_bytes / column_bytes(plan));
  // A narrow gradient of the input is summed in the workspace when positions are cut.
  const bool sums = plan.narrow() && plan.problem.pass == Pass::grad_input;
  const index_t most_images =
      sums ? chunk_bytes / (g.group_in_channels * plan.input_plane() * bytes_of(plan.accumulator))
           : g.batch;
  cut_by_position(plan, chunk_bytes / column_bytes(plan), most_images);
}

void take_whole(ToeplitzPlan& plan) {
  plan.images = cut(plan.geometry.batch, plan.geometry.batch);
  plan.groups = cut(plan.geometry.groups, plan.geometry.groups);
  plan.positions = cut(plan.output_plane(), plan.output_plane());
}

/// Without columns to lay out, nothing is cut. The gradient of the filters is a sum over images: it
/// is a single product only where images lie side by side. Laying them out like that pays where one
/// image alone is too small a product, that is where more than one fits a chunk.
void choose_form(ToeplitzPlan& plan, index_t chunk_bytes) {
  plan.pointwise = is_pointwise(plan.geometry);
  plan.form = form_of(plan);
  plan.staged = plan.form != Form::by_image && plan.output_plane() > 1;
  plan.direct = plan.pointwise && !plan.staged;
  if (plan.direct) return take_whole(plan);
  cut_chunks(plan, chunk_bytes);
  if (plan.form != Form::side_by_side || plan.images.largest() > 1) return;
  plan.staged = false;
  plan.direct = plan.pointwise;
  if (!plan.direct) return;
  take_whole(plan);
  plan.images = cut(plan.geometry.batch, 1);
}

/// Elements of the matrix of the largest chunk with `rows` rows a group, as Form lays it out.
index_t matrix_elements(const ToeplitzPlan& plan, index_t rows) {
  const index_t images = plan.images.largest(), positions = plan.positions.largest();
  const index_t all_rows = plan.groups.largest() * rows;
  switch (plan.form) {
    case Form::by_image: return images * all_rows * padded(positions);
    case Form::side_by_side: return all_rows * padded(images * positions);
    case Form::by_position: return positions * images * padded(all_rows);
  }
  return 0;
}

/// Elements of the accumulators for a 16-bit result to which several chunks add.
index_t sum_elements(const ToeplitzPlan& plan) {
  const Geometry& g = plan.geometry;
  if (!plan.narrow()) return 0;
  if (plan.problem.pass == Pass::grad_input && plan.positions.count() > 1)
    return plan.images.largest() * plan.groups.largest() * g.group_in_channels * plan.input_plane();
  const bool by_position = plan.form == Form::by_position;
  const index_t chunks = plan.images.count() * (by_position ? 1 : plan.positions.count());
  if (plan.problem.pass != Pass::grad_weights || chunks == 1) return 0;
  return plan.groups.largest() * g.group_out_channels * plan.depth() *
         (by_position ? plan.positions.largest() : 1);
}

}  // namespace

ToeplitzPlan plan_toeplitz(const Problem& problem, index_t chunk_bytes) {
  ToeplitzPlan plan{.problem = problem,
                    .geometry = geometry_of(problem.spec),
                    .storage = storage_of(problem.precision),
                    .accumulator = accumulator_of(problem.precision)};
  const Geometry& g = plan.geometry;
  plan.empty = result_elements(problem.spec, problem.pass) == 0;
  plan.no_products = lacks_products(g, problem.pass);
  if (!plan.needs_products()) return plan;
  choose_form(plan, chunk_bytes);
  plan.column_elements = plan.direct ? 0 : matrix_elements(plan, plan.depth());
  plan.staged_elements = plan.staged ? matrix_elements(plan, g.group_out_channels) : 0;
  plan.sum_elements = sum_elements(plan);
  return plan;
}

std::size_t toeplitz_workspace(const ToeplitzPlan& plan) {
  const auto part = [](index_t elements, Precision type) {
    return aligned(static_cast<std::size_t>(elements * bytes_of(type)));
  };
  return part(plan.column_elements, plan.column_type()) +
         part(plan.staged_elements, plan.staged_type()) + part(plan.sum_elements, plan.accumulator);
}

}  // namespace convict::gpu
