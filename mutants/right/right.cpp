// SPDX-License-Identifier: Apache-2.0
#include "mutants/right/right.hpp"

#include <fmt/format.h>

#include "datasets/exact_limits.hpp"
#include "mutants/right/kernels.hpp"

namespace convict::mutants {
namespace {

using enum Precision;

/// Refuses sums of more than `Most` products, so that the claimed depth holds for every problem.
template <index_t Most>
std::optional<std::string> needs_few_products(const Problem& problem) {
  if (auto reason = refuse_invalid(problem)) return reason;
  const index_t products = datasets::most_products(problem.spec, problem.pass);
  if (products <= Most) return std::nullopt;
  return fmt::format("sums at most {} products, not {}, at the depth it claims", Most, products);
}

}  // namespace

std::span<const Kernel> right_kernels() {
  static const Kernel table[] = {
      {.name = "right.winograd_f2x2_3x3",
       .precisions = {f32, f64},
       .claims = {.arithmetic = winograd(2, 3)},
       .refuses = needs_filters_of_3,
       .run = winograd_3<2>},
      {.name = "right.winograd_f4x4_3x3",
       .precisions = {f32, f64},
       .claims = {.arithmetic = winograd(4, 3)},
       .refuses = needs_filters_of_3,
       .run = winograd_3<4>},
      {.name = "right.winograd_columns",
       .precisions = {f32, f64},
       .claims = {.arithmetic = along_columns},
       .refuses = needs_shared_filters,
       .run = winograd_columns},
      {.name = "right.winograd_by_axis",
       .precisions = {f32, f64},
       .claims = {.arithmetic = axis_by_axis},
       .refuses = needs_shared_filters,
       .run = winograd_by_axis},
      {.name = "right.fft_columns",
       .precisions = {f32, f64},
       .claims = {.arithmetic = fft_along_columns},
       .refuses = needs_shared_filters,
       .run = fft_columns},
      {.name = "right.fft",
       .precisions = {f32, f64},
       .claims = {.arithmetic = {.kind = Arithmetic::Class::fft}},
       .refuses = needs_plain,
       .run = fft},
      {.name = "right.tf32",
       .precisions = {f32, tf32},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.input_rounding = tf32},
       .refuses = refuse_invalid,
       .run = read_as_tf32},
      {.name = "right.bf16_inputs",
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.input_rounding = bf16},
       .refuses = refuse_invalid,
       .run = read_as_bf16},
      {.name = "right.f16_accumulator",
       .precisions = {f16, f16a16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.accumulator = f16},
       .refuses = refuse_invalid,
       .run = summed_in_f16},
      {.name = "right.depthwise_f16",
       .precisions = {f16, f16a16},
       .any_strides = true,
       .claims = {.accumulator = f16},
       .refuses = needs_depthwise,
       .run = summed_in_f16},
      {.name = "right.blocked",
       .precisions = {f32, bf16, f16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.accumulation_depth = 2 * block_length},
       .refuses = needs_few_products<most_blocked>,
       .run = summed_in_blocks},
      {.name = "right.pairwise",
       .precisions = {f32, bf16, f16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.accumulation_depth = 21},  // 20 levels, and one more to join what is left over
       .refuses = needs_few_products<most_pairwise>,
       .run = summed_pairwise},
      {.name = "right.kahan",
       .precisions = {f32, bf16, f16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.accumulation_depth = 2},
       .refuses = needs_few_products<most_pairwise>,
       .run = summed_with_compensation},
      {.name = "right.truncating",
       .precisions = {f32, bf16, f16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.truncating_adds = true},
       .refuses = refuse_invalid,
       .run = summed_truncating},
      {.name = "right.flush_to_zero",
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.flush_to_zero = true},
       .refuses = refuse_invalid,
       .run = summed_flushing},
      {.name = "right.denormals_are_zero",
       .any_strides = true,
       .claims = {.denormals_are_zero = true},
       .refuses = refuse_invalid,
       .run = summed_with_subnormals_as_zero},
      {.name = "right.by_threads",
       .any_strides = true,
       .claims = {.same_for_threads = false},
       .refuses = refuse_invalid,
       .run = summed_by_threads},
      {.name = "right.nondeterministic",
       .precisions = {f32, bf16, f16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .claims = {.deterministic = false},
       .refuses = refuse_invalid,
       .run = summed_in_any_order},
  };
  return table;
}

}  // namespace convict::mutants
