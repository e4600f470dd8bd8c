// SPDX-License-Identifier: Apache-2.0
// Orders of axes, strides, slices, pitches and alignment ignored by kernels that claim any strides.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>

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
    shape->strides[0] = std::min(shape->strides[0], elements);  // stays inside the tensor
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

/// The strides of a dense tensor whose axes have the same order in memory.
template <std::size_t Rank>
void pack(Shape<Rank>& shape) {
  std::array<std::size_t, Rank> fastest_first{};
  std::iota(fastest_first.rbegin(), fastest_first.rend(), std::size_t{0});
  std::ranges::stable_sort(fastest_first, {}, [&](std::size_t axis) {
    return shape.extents[axis] == 1 ? 0 : shape.strides[axis];
  });
  index_t stride = 1;
  for (const std::size_t axis : fastest_first) {
    shape.strides[axis] = stride;
    stride *= shape.extents[axis];
  }
}
constexpr Hooks filter_steps_from_extents{
    .misread = [](Problem& problem) { pack(problem.shapes.filters); }};

/// The step between images from the extents and steps of one: wrong for a slice of larger images.
void derive_image_step(InputShape& shape) {
  index_t image = 0;
  for (std::size_t a = 1; a < 5; ++a) image = std::max(image, shape.extents[a] * shape.strides[a]);
  shape.strides[0] = std::min(shape.strides[0], image);
}
constexpr Hooks input_step_from_extents{
    .misread = [](Problem& problem) { derive_image_step(problem.shapes.input); }};
constexpr Hooks output_step_from_extents{
    .misread = [](Problem& problem) { derive_image_step(problem.shapes.output); }};

/// The step between channels from the rows of one: wrong where planes are aligned.
constexpr Hooks plane_step_from_rows{.misread = [](Problem& problem) {
  InputShape& input = problem.shapes.input;
  input.strides[1] = std::min(input.strides[1], input.extents[2] * input.strides[2]);
}};

template <std::size_t Rank>
bool is_packed(const Shape<Rank>& shape) {
  return shape.span() == shape.elements();
}
bool has_last_channels(const InputShape& shape) {
  return shape.extents[1] > 1 && shape.strides[1] == 1;
}
/// All tensors in the input's order, channels last or not.
TensorShapes in_order_of(const InputShape& input, const ConvSpec& spec) {
  return shapes_of(spec, has_last_channels(input) ? Layout::nhwc : Layout::nchw);
}
constexpr Hooks filters_in_inputs_order{.misread = [](Problem& problem) {
  if (is_packed(problem.shapes.filters))
    problem.shapes.filters = in_order_of(problem.shapes.input, problem.spec).filters;
}};
constexpr Hooks output_in_inputs_order{.misread = [](Problem& problem) {
  if (is_packed(problem.shapes.output))
    problem.shapes.output = in_order_of(problem.shapes.input, problem.spec).output;
}};
constexpr Hooks knows_two_orders{.misread = [](Problem& problem) {
  if (is_packed(problem.shapes.input))
    problem.shapes.input = in_order_of(problem.shapes.input, problem.spec).input;
}};

/// Reads axes with a negative stride from their other end.
template <std::size_t Rank>
void reverse_back(const Shape<Rank>& shape, std::array<index_t, Rank>& index) {
  for (std::size_t a = 0; a < Rank; ++a)
    if (shape.strides[a] < 0) index[a] = shape.extents[a] - 1 - index[a];
}
constexpr Hooks ignores_direction{.redirect = [](const Call& call, Product& product) {
  reverse_back(call.problem.shapes.input, product.x);
  reverse_back(call.problem.shapes.filters, product.w);
  reverse_back(call.problem.shapes.output, product.y);
}};

/// Computes one image where all images of the input are the same, as if the output had one, too.
constexpr Hooks repeated_once{.leaves = [](const Call& call, const ResultElement& element) {
  const Problem& problem = call.problem;
  return problem.pass == Pass::forward && problem.shapes.input.strides[0] == 0 &&
         element.index[0] > 0;
}};

/// It takes strides of 0 and negative ones.
Mutant with_special_strides(Mutant made) {
  made.kernel.zero_strides = true;
  made.kernel.negative_strides = true;
  return made;
}

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
      mutant<filter_steps_from_extents>(
          {"filter_steps_from_extents", "reads a slice of a bank of filters as a whole one",
           "LAYOUT", "memory safety", "n2_c3_i6x7_k4_f3x2/forward/f32/steps=-:c+2:-"},
          changes_bits<filter_steps_from_extents>),
      mutant<input_step_from_extents>(
          {"input_step_from_extents", "reads slices of images as whole ones", "LAYOUT",
           "memory safety", "n2_c3_i6x7_k4_f3x2/forward/f32/steps=c+2:-:-"},
          changes_bits<input_step_from_extents>),
      mutant<output_step_from_extents>(
          {"output_step_from_extents", "writes slices of images as whole ones", "LAYOUT",
           "memory safety", "n2_c3_i6x7_k4_f3x2/forward/f32/steps=-:-:n*2"},
          changes_bits<output_step_from_extents>),
      mutant<plane_step_from_rows>(
          {"plane_step_from_rows", "reads planes at aligned addresses as if without gaps", "LAYOUT",
           "memory safety", "n2_c3_i6x7_k4_f3x2/forward/f32/steps=c%16:-:-"},
          changes_bits<plane_step_from_rows>),
      mutant<filters_in_inputs_order>(
          {"filters_in_inputs_order", "reads filters channels-last if and only if the input is",
           "LAYOUT", "exact", "n2_c3_i6x7_k4_f3x2/forward/f32/layout=nhwc:kcrs:nhwc"},
          changes_bits<filters_in_inputs_order>),
      mutant<output_in_inputs_order>(
          {"output_in_inputs_order", "writes its output channels-last if and only if the input is",
           "LAYOUT", "exact", "n2_c3_i6x7_k4_f3x2/forward/f32/layout=nhwc:krsc:nchw"},
          changes_bits<output_in_inputs_order>),
      mutant<knows_two_orders>({"knows_two_orders", "reads input of any other order as NCHW",
                                "LAYOUT", "exact", "n2_c3_i6x7_k4_f3x2/forward/f32/layout=chwn"},
                               changes_bits<knows_two_orders>),
      with_special_strides(mutant<ignores_direction>(
          {"ignores_direction", "reads and writes reversed axes forwards", "LAYOUT", "exact",
           "n2_c3_i6x7_k4_f3x2/forward/f32/steps=w*-1:-:-"},
          changes_bits<ignores_direction>)),
      with_special_strides(mutant<repeated_once>(
          {"repeated_once",
           "computes only the first image of an input that is the same for "
           "all images",
           "LAYOUT", "memory safety", "n2_c3_i6x7_k4_f3x2/forward/f32/steps=n*0:-:-"},
          changes_bits<repeated_once>)),
  };
}

}  // namespace convict::mutants
