// SPDX-License-Identifier: Apache-2.0
// Where the elements of tensors lie: orders of axes, slices, alignment, repetition and reversal.
#include <array>
#include <string_view>

#include "fuzz/features/feature_parts.hpp"

namespace convict::fuzz::parts {
namespace {

/// Numbers of axes in Shape.
constexpr std::array<std::size_t, 4> all_but_depth = {0, 1, 3, 4};        // n c h w
constexpr std::array<std::size_t, 4> filter_axes = {0, 4, 6, 7};          // k c r s
constexpr std::array<std::size_t, 3> rows_and_above = {0, 1, 3};          // n c h
constexpr std::array<std::size_t, 4> operand_filter_axes = {0, 0, 4, 6};  // k c r

Steps& steps_of(Draft& draft) { return draft.trial.recipe.steps; }

/// Input or output.
std::array<AxisStep, 5>& some_images(Draft& draft) {
  Steps& steps = steps_of(draft);
  return draft.draw.chance(60) ? steps.input : steps.output;
}

/// A longer axis of which a slice is used: its first positions, or every second to fourth one.
void slice(Draft& draft, AxisStep& step) {
  if (draft.draw.chance(60))
    step.unused = draft.draw.between(1, 5);
  else
    step.times = draft.draw.between(2, 4);
}

}  // namespace

void unusual_order(Draft& draft) {
  constexpr std::array<std::string_view, 3> images = {"nchw", "nhwc", "chwn"};
  constexpr std::array<std::string_view, 5> filters = {"kcrs", "krsc", "rsck", "crsk", "ckrs"};
  Layout& layout = draft.trial.recipe.layout;
  const auto any_images = [&] { return parse_layout(draft.draw.one_of(images)); };
  do {
    layout.input = any_images().input;
    layout.output = any_images().output;
    layout.filters =
        parse_layout("nchw:" + std::string(draft.draw.one_of(filters)) + ":nchw").filters;
  } while (!has_unusual_order(layout));
}

void slice_filters(Draft& draft) {
  const std::size_t axis = draft.draw.one_of(filter_axes);
  AxisStep& step = steps_of(draft).filters[axis];
  if (axis == 0)  // positions behind the last filter would change nothing
    step.times = draft.draw.between(2, 4);
  else
    slice(draft, step);
}

void spread_images(Draft& draft) {
  const bool input = draft.draw.chance(60);
  Recipe& recipe = draft.trial.recipe;
  const AxisOrder<5>& order = input ? recipe.layout.input : recipe.layout.output;
  std::array<AxisStep, 5>& steps = input ? recipe.steps.input : recipe.steps.output;
  if (draft.draw.chance(30))
    steps[0].times = draft.draw.between(2, 3);  // every other image
  else
    steps[order[0] == 0 ? order[1] : 1].unused = draft.draw.between(1, 5);  // a channel slice
}

void align_steps(Draft& draft) {
  constexpr std::array<index_t, 6> multiples = {4, 8, 16, 16, 32, 64};
  const index_t multiple = draft.draw.one_of(multiples);
  if (draft.draw.chance(20))
    steps_of(draft).filters[draft.draw.one_of(operand_filter_axes)].multiple = multiple;
  else
    some_images(draft)[draft.draw.one_of(rows_and_above)].multiple = multiple;
}

/// Axes of two tensors: the one that the pass writes, which is not known here, loses its
/// repetition.
void repeat_operand(Draft& draft) {
  Steps& steps = steps_of(draft);
  const index_t left_out = draft.draw.between(0, 2);
  if (left_out != 0) steps.input[draft.draw.one_of(all_but_depth)].times = 0;
  if (left_out != 1) steps.filters[draft.draw.one_of(filter_axes)].times = 0;
  if (left_out != 2) steps.output[draft.draw.one_of(all_but_depth)].times = 0;
}

void reverse_axis(Draft& draft) {
  if (draft.draw.chance(30))
    steps_of(draft).filters[draft.draw.one_of(filter_axes)].times = -1;
  else
    some_images(draft)[draft.draw.one_of(all_but_depth)].times = -draft.draw.between(1, 2);
}

}  // namespace convict::fuzz::parts
