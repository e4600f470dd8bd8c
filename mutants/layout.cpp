// SPDX-License-Identifier: Apache-2.0
// Strides, pitches and alignment ignored by kernels that claim any strides.
#include <bit>
#include <cstdint>

#include "mutants/tables.hpp"
#include "oracle/judge/buffer_layout.hpp"
#include "oracle/judge/judge.hpp"

namespace convict::mutants {
namespace {

constexpr Hooks assumes_dense_nchw{
    .misread = [](Problem& problem) { problem.shapes = shapes_of(problem.spec); }};

constexpr Hooks assumes_dense_input{
    .misread = [](Problem& problem) { problem.shapes.input = shapes_of(problem.spec).input; }};

constexpr Hooks assumes_dense_output{
    .misread = [](Problem& problem) { problem.shapes.output = shapes_of(problem.spec).output; }};

constexpr Hooks assumes_nchw_filters{
    .misread = [](Problem& problem) { problem.shapes.filters = shapes_of(problem.spec).filters; }};

/// The distance of images as if rows had no gaps; everything within an image is right.
constexpr Hooks image_stride_without_pitch{.misread = [](Problem& problem) {
  for (InputShape* shape : {&problem.shapes.input, &problem.shapes.output}) {
    index_t elements = 1;
    for (std::size_t a = 1; a < 5; ++a) elements *= shape->extents[a];
    shape->strides[0] = elements;
  }
}};

/// The tensor's address modulo `boundary` bytes.
index_t bytes_behind(const void* tensor, index_t boundary) {
  return static_cast<index_t>(std::bit_cast<std::uintptr_t>(tensor)) % boundary;
}

/// The placement of a trial's tensors in the arena, whose start is aligned.
sandbox::Placement placement_of(const Trial& trial) {
  const Recipe& recipe = trial.recipe;
  return oracle::BufferLayout(problem_of(trial), recipe.align, 0, {.side = recipe.guard})
      .placement();
}
std::size_t result_at(const Trial& trial) {
  const sandbox::Placement at = placement_of(trial);
  if (trial.pass == Pass::grad_weights) return at.filters;
  return trial.pass == Pass::grad_input ? at.input : at.output;
}
std::size_t first_operand_at(const Trial& trial) {
  const sandbox::Placement at = placement_of(trial);
  return trial.pass == Pass::grad_input ? at.output : at.input;
}

/// Vector stores start at the first aligned address; the elements before it are not written.
constexpr Hooks skips_head{.leaves = [](const Call& call, const ResultElement& element) {
  return element.number * bytes_of(call.problem.precision) < 16;
}};
void skips_unaligned_head(const Problem& problem, const Buffers& buffers) {
  const bool aligned = bytes_behind(result_of(problem, buffers), 16) == 0;
  convolve(problem, buffers, aligned ? Hooks{} : skips_head);
}
bool has_unaligned_head(const Trial& trial) {
  return changes_bits(trial, skips_head) && result_at(trial) % 16 != 0;
}

/// Aligned vector loads: the operand's address is rounded down.
void loads_from_aligned_address(const Problem& problem, const Buffers& buffers) {
  Buffers rounded = buffers;
  void*& operand = problem.pass == Pass::grad_input ? rounded.output : rounded.input;
  operand = static_cast<std::byte*>(operand) - bytes_behind(operand, 32);
  convolve(problem, rounded);
}
bool has_unaligned_operand(const Trial& trial) {
  return has_products(trial) && first_operand_at(trial) % 32 != 0;
}

/// Wide loads need a row pitch that is a multiple of four; otherwise rows lose their last element.
constexpr Hooks assumes_rows_of_fours{.times = [](const Call& call, const Product& product) {
  const index_t row = call.problem.shapes.input.strides[3];
  const bool odd = call.g.input[1] > 1 && row % 4 != 0 && row > call.g.input[2];
  return odd && product.x[4] == call.g.input[2] - 1 ? 0 : 1;
}};

constexpr auto nhwc = "n2_c3_i6x7_k4_f3x2/forward/f32/layout=nhwc";
constexpr auto pitched = "n2_c3_i6x7_k4_f3x2/forward/f32/pitch=3";

}  // namespace

std::vector<Mutant> layout_mutants() {
  return {
      mutant<assumes_dense_nchw>(
          {"assumes_dense_nchw", "ignores all strides", "LAYOUT", "exact", nhwc},
          changes_bits<assumes_dense_nchw>),
      mutant<assumes_dense_input>({"assumes_dense_input", "ignores the input's strides", "LAYOUT",
                                   "memory safety", pitched},
                                  changes_bits<assumes_dense_input>),
      mutant<assumes_dense_output>({"assumes_dense_output", "ignores the output's strides",
                                    "LAYOUT", "memory safety", pitched},
                                   changes_bits<assumes_dense_output>),
      mutant<assumes_nchw_filters>(
          {"assumes_nchw_filters", "reads channels-last filters as channels-first", "LAYOUT",
           "exact", nhwc},
          changes_bits<assumes_nchw_filters>),
      mutant<image_stride_without_pitch>(
          {"image_stride_without_pitch", "steps between images as if rows had no gap", "LAYOUT",
           "memory safety", pitched},
          changes_bits<image_stride_without_pitch>),
      mutant({"skips_unaligned_head", "does not write elements before the first 16-byte boundary",
              "LAYOUT", "memory safety", "c3_i6x7_k4_f3x2/forward/f32/align=1"},
             skips_unaligned_head, has_unaligned_head),
      mutant({"loads_from_aligned_address",
              "reads its first operand from the 32-byte boundary before it", "LAYOUT",
              "memory safety", "c3_i6x7_k4_f3x2/forward/f32/align=3"},
             loads_from_aligned_address, has_unaligned_operand),
      mutant<assumes_rows_of_fours>({"assumes_rows_of_fours",
                                     "loses the last column where a row's pitch is no multiple of "
                                     "four",
                                     "LAYOUT", "exact", "c3_i6x7_k4_f3x2/forward/f32/pitch=3"}),
  };
}

}  // namespace convict::mutants
