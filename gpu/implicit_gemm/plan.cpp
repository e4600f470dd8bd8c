// SPDX-License-Identifier: Apache-2.0
#include "gpu/implicit_gemm/plan.hpp"

#include <algorithm>
#include <cmath>

namespace convict::gpu::implicit_gemm {
namespace {

constexpr double narrow_limit = 1 << 30;

/// An upper limit of the magnitude of start + sum_i steps[i] digits[i], of every part of that sum,
/// and of every step. In floating point, which does not overflow; 53 bits are enough to compare
/// with 2^30.
double reach(const Affine<index_t>& affine, const Digits<index_t>& digits) {
  double sum = std::abs(static_cast<double>(affine.start));
  for (int i = 0; i < 4; ++i)
    sum += std::abs(static_cast<double>(affine.steps[i])) *
           static_cast<double>(std::max<index_t>(digits.extents[i] - 1, 1));
  return sum;
}

void split(Product<index_t>& product, const Tuning& tuning, index_t tiles) {
  if (tiles >= tuning.wanted_blocks || product.depth < 2 * tuning.least_split_depth) return;
  const index_t splits =
      std::min(ceil_div(tuning.wanted_blocks, tiles), product.depth / tuning.least_split_depth);
  const index_t steps = ceil_div(ceil_div(product.depth, splits), tuning.block_depth);
  product.split_depth = steps * tuning.block_depth;
  product.splits = ceil_div(product.depth, product.split_depth);
}

index_t tiles_of_group(const Product<index_t>& product, const Tuning& tuning) {
  return ceil_div(product.rows, tuning.block_rows) *
         ceil_div(product.columns, tuning.block_columns);
}

/// The number of results that whole blocks cover, including those outside the product. In floating
/// point: the product of the rounded-up sizes may need more than 64 bits.
double covered(const Product<index_t>& product, const Tuning& tuning) {
  return static_cast<double>(tiles_of_group(product, tuning)) *
         static_cast<double>(tuning.block_rows * tuning.block_columns);
}

Step step_of(Product<index_t> product, const Tilings& tilings) {
  const bool low = covered(product, tilings.low) < covered(product, tilings.usual);
  const Tuning& tuning = low ? tilings.low : tilings.usual;
  const index_t tiles = tiles_of_group(product, tuning) * product.groups;
  split(product, tuning, tiles);
  Step step{.product = product, .low = low, .narrow = is_narrow(product)};
  step.blocks = static_cast<unsigned>(std::min(tiles * product.splits, tuning.most_blocks));
  const index_t results = product.groups * product.rows * product.columns;
  if (product.splits > 1)
    step.sum_blocks = static_cast<unsigned>(
        std::min(ceil_div(results, index_t{sum_threads}), tuning.most_blocks));
  return step;
}

std::size_t workspace_elements(const Product<index_t>& p) {
  return p.splits > 1 ? static_cast<std::size_t>(p.splits * p.groups * p.rows * p.columns) : 0;
}

template <class To>
Digits<To> narrowed(const Digits<index_t>& digits) {
  Digits<To> result;
  for (int i = 0; i < 4; ++i) result.extents[i] = static_cast<To>(digits.extents[i]);
  for (int i = 0; i < 3; ++i)
    result.dividers[i] = Divider<To>(std::max<To>(result.extents[i + 1], 1));
  return result;
}

template <class To>
Affine<To> narrowed(const Affine<index_t>& affine) {
  Affine<To> result{.start = static_cast<To>(affine.start)};
  for (int i = 0; i < 4; ++i) result.steps[i] = static_cast<To>(affine.steps[i]);
  return result;
}

}  // namespace

bool is_narrow(const Product<index_t>& p) {
  double largest = 0;
  const auto see = [&](double magnitude) { largest = std::max(largest, magnitude); };
  const auto rows = static_cast<double>(p.rows);
  for (const index_t size : {p.groups, p.rows, p.columns, p.depth, p.splits, p.split_depth})
    see(static_cast<double>(size));
  for (const Digits<index_t>& digits : {p.column_digits, p.depth_digits})
    for (const index_t extent : digits.extents) see(static_cast<double>(extent));
  see(rows * std::abs(static_cast<double>(p.a_row)) + reach(p.a_depth, p.depth_digits));
  see(reach(p.b_depth, p.depth_digits) + reach(p.b_column, p.column_digits));
  see(rows * std::abs(static_cast<double>(p.c_row)) + reach(p.c_column, p.column_digits));
  for (int axis = 0; axis < 3; ++axis) {
    see(reach(p.position_depth[axis], p.depth_digits) +
        reach(p.position_column[axis], p.column_digits));
    see(static_cast<double>(p.extents[axis]));
  }
  return largest < narrow_limit;
}

Product<std::int32_t> narrowed(const Product<index_t>& p) {
  using To = std::int32_t;
  const auto to = [](index_t value) { return static_cast<To>(value); };
  Product<To> result{.groups = to(p.groups),
                     .rows = to(p.rows),
                     .columns = to(p.columns),
                     .depth = to(p.depth),
                     .column_digits = narrowed<To>(p.column_digits),
                     .depth_digits = narrowed<To>(p.depth_digits),
                     .a_row = to(p.a_row),
                     .c_row = to(p.c_row),
                     .a_depth = narrowed<To>(p.a_depth),
                     .b_depth = narrowed<To>(p.b_depth),
                     .b_column = narrowed<To>(p.b_column),
                     .c_column = narrowed<To>(p.c_column),
                     .a_group = p.a_group,
                     .b_group = p.b_group,
                     .c_group = p.c_group,
                     .splits = to(p.splits),
                     .split_depth = to(p.split_depth)};
  for (int axis = 0; axis < 3; ++axis) {
    result.position_depth[axis] = narrowed<To>(p.position_depth[axis]);
    result.position_column[axis] = narrowed<To>(p.position_column[axis]);
    result.extents[axis] = to(p.extents[axis]);
  }
  return result;
}

Plan plan_of(const Problem& problem, const Tilings& tilings) {
  Plan plan;
  for (const Product<index_t>& product : products_of(problem))
    plan.steps.push_back(step_of(product, tilings));
  const std::size_t value_bytes = problem.precision == Precision::f64 ? 8 : 4;
  for (const Step& step : plan.steps)
    plan.workspace_bytes =
        std::max(plan.workspace_bytes, value_bytes * workspace_elements(step.product));
  return plan;
}

}  // namespace convict::gpu::implicit_gemm
