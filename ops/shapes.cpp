// SPDX-License-Identifier: Apache-2.0
#include "ops/shapes.hpp"

#include <fmt/format.h>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

/// The parameters of one axis besides its extents.
struct AxisRule {
  BorderModeArg border;
  index_t stride;
  index_t dilation;
};

void require_positive(std::string_view argument, const Size& value) {
  if (value && *value < 1)
    throw ValueError(fmt::format("{} is {}; it must be at least 1", argument, *value));
}

std::optional<AxisRule> axis_rule(const std::optional<BorderModeArg>& border, const Size& stride,
                                  const Size& dilation) {
  require_positive("subsample", stride);
  require_positive("dilation", dilation);
  if (!border || !stride || !dilation) return std::nullopt;
  return AxisRule{*border, *stride, *dilation};
}

/// Both sides of one axis. `dilated` serves the named modes.
SidePadding pads_of(const BorderModeArg& border, index_t dilated) {
  if (const auto* name = std::get_if<std::string>(&border.value)) {
    if (*name == "valid") return {0, 0};
    if (*name == "half") return {dilated / 2, dilated / 2};
    if (*name == "full") return {dilated - 1, dilated - 1};
    throw TypeError(
        fmt::format("border_mode is '{}'; it must be 'valid', 'half', 'full', an int "
                    ">= 0 or a pair of ints >= 0",
                    *name));
  }
  if (const auto* axes = std::get_if<std::vector<AxisPadding>>(&border.value)) {
    if (axes->size() != 2 || (*axes)[0].is_tuple || (*axes)[1].is_tuple)
      throw TypeError(
          fmt::format("border_mode is {}; one axis takes a pair of ints", to_string(border)));
    const SidePadding pair{(*axes)[0].sides[0], (*axes)[1].sides[0]};
    if (pair.before < 0 || pair.after < 0)
      throw ValueError(fmt::format("border_mode is {}; it must be >= 0", to_string(border)));
    return pair;
  }
  const index_t pad = std::get<index_t>(border.value);
  if (pad < 0) throw ValueError(fmt::format("border_mode is {}; it must be >= 0", pad));
  return {pad, pad};
}

bool is_named(const BorderModeArg& border, std::string_view name) {
  const auto* text = std::get_if<std::string>(&border.value);
  return text != nullptr && *text == name;
}

/// The border mode of one axis: an entry of a tuple; anything else holds for every axis.
BorderModeArg border_of_axis(const BorderModeArg& border, std::size_t axis) {
  const auto* axes = std::get_if<std::vector<AxisPadding>>(&border.value);
  if (axes == nullptr) return border;
  const AxisPadding& entry = axes->at(axis);
  if (!entry.is_tuple) return entry.sides[0];
  std::vector<AxisPadding> pair;
  for (const index_t side : entry.sides) pair.emplace_back(side);
  return pair;
}

void require_axes(std::string_view argument, const Hint& values, std::size_t axes) {
  if (values.size() != axes)
    throw ValueError(
        fmt::format("{} is {}; it needs {} entries", argument, to_string(values), axes));
}

void require_border_axes(const BorderModeArg& border, std::size_t axes) {
  const auto* entries = std::get_if<std::vector<AxisPadding>>(&border.value);
  if (entries != nullptr && entries->size() != axes)
    throw ValueError(
        fmt::format("border_mode is {}; it needs {} entries", to_string(border), axes));
}

/// Checks the lengths that every whole-shape function has in common and returns the dilation.
Hint checked_dilation(std::string_view argument, const Hint& shape, std::size_t axes,
                      const BorderModeArg& border, const Hint& subsample, const Hint& dilation) {
  if (shape.size() != 2 + axes && shape.size() != 2 + 2 * axes)
    throw ValueError(
        fmt::format("{} is {}; it needs {} entries, or {} with one filter bank per "
                    "output position",
                    argument, to_string(shape), 2 + axes, 2 + 2 * axes));
  require_axes("subsample", subsample, axes);
  require_border_axes(border, axes);
  const Hint filled = ones_if_empty(dilation, axes);
  require_axes("filter_dilation", filled, axes);
  return filled;
}

std::size_t axes_of(std::string_view argument, const Hint& shape) {
  if (shape.size() < 3)
    throw ValueError(fmt::format("{} is {}; it needs batch, channels and at least one axis",
                                 argument, to_string(shape)));
  return shape.size() - 2;
}

Size divided(const Size& channels, index_t groups) {
  if (groups < 1) throw ValueError(fmt::format("num_groups is {}; it must be at least 1", groups));
  if (!channels) return std::nullopt;
  if (*channels % groups != 0)
    throw ValueError(fmt::format("image_shape[1] is {}, which num_groups {} does not divide",
                                 *channels, groups));
  return *channels / groups;
}

}  // namespace

Size get_conv_shape_1axis(Size image_shape, Size kernel_shape,
                          const std::optional<BorderModeArg>& border_mode, Size subsample,
                          Size dilation) {
  const auto rule = axis_rule(border_mode, subsample, dilation);
  if (!rule || !image_shape || !kernel_shape) return std::nullopt;
  const index_t dilated = dilated_extent(*kernel_shape, rule->dilation);
  return output_extent(*image_shape, dilated, pads_of(rule->border, dilated), rule->stride);
}

Hint get_conv_output_shape(const Hint& image_shape, const Hint& kernel_shape,
                           const BorderModeArg& border_mode, const Hint& subsample,
                           const Hint& filter_dilation) {
  const std::size_t axes = axes_of("image_shape", image_shape);
  const Hint dilation =
      checked_dilation("kernel_shape", kernel_shape, axes, border_mode, subsample, filter_dilation);
  Hint shape = {image_shape[0], kernel_shape[0]};
  for (std::size_t a = 0; a < axes; ++a)
    shape.push_back(
        get_conv_shape_1axis(image_shape[2 + a], kernel_shape[kernel_shape.size() - axes + a],
                             border_of_axis(border_mode, a), subsample[a], dilation[a]));
  return shape;
}

Size get_conv_gradweights_shape_1axis(Size image_shape, Size top_shape,
                                      const std::optional<BorderModeArg>& border_mode,
                                      Size subsample, Size dilation) {
  const auto rule = axis_rule(border_mode, subsample, dilation);
  if (!rule || !image_shape || !top_shape) return std::nullopt;
  if (rule->stride != 1 || is_named(rule->border, "half")) return std::nullopt;
  if (!is_named(rule->border, "full"))
    return filter_extent(*image_shape, *top_shape, pads_of(rule->border, 1), 1, rule->dilation);
  // 'full' pads K - 1 on both sides, so that o = n + K - 1.
  return filter_extent(*top_shape, *image_shape, {}, 1, rule->dilation);
}

Hint get_conv_gradweights_shape(const Hint& image_shape, const Hint& top_shape,
                                const BorderModeArg& border_mode, const Hint& subsample,
                                const Hint& filter_dilation, index_t num_groups, bool unshared) {
  const std::size_t axes = axes_of("image_shape", image_shape);
  require_axes("top_shape", top_shape, 2 + axes);
  const Hint dilation =
      checked_dilation("top_shape", top_shape, axes, border_mode, subsample, filter_dilation);
  Hint shape = {top_shape[1]};
  if (unshared) shape.insert(shape.end(), top_shape.begin() + 2, top_shape.end());
  shape.push_back(divided(image_shape[1], num_groups));
  for (std::size_t a = 0; a < axes; ++a)
    shape.push_back(get_conv_gradweights_shape_1axis(image_shape[2 + a], top_shape[2 + a],
                                                     border_of_axis(border_mode, a), subsample[a],
                                                     dilation[a]));
  return shape;
}

Size get_conv_gradinputs_shape_1axis(Size kernel_shape, Size top_shape,
                                     const std::optional<BorderModeArg>& border_mode,
                                     Size subsample, Size dilation) {
  const auto rule = axis_rule(border_mode, subsample, dilation);
  if (!rule || !kernel_shape || !top_shape || rule->stride != 1) return std::nullopt;
  const index_t dilated = dilated_extent(*kernel_shape, rule->dilation);
  return input_extent(*top_shape, dilated, pads_of(rule->border, dilated), 1);
}

Hint get_conv_gradinputs_shape(const Hint& kernel_shape, const Hint& top_shape,
                               const BorderModeArg& border_mode, const Hint& subsample,
                               const Hint& filter_dilation, index_t num_groups) {
  const std::size_t axes = axes_of("top_shape", top_shape);
  const Hint dilation =
      checked_dilation("kernel_shape", kernel_shape, axes, border_mode, subsample, filter_dilation);
  const std::size_t first_axis = kernel_shape.size() - axes;
  const Size channels = kernel_shape[first_axis - 1];
  Hint shape = {top_shape[0], channels ? Size(*channels * num_groups) : std::nullopt};
  for (std::size_t a = 0; a < axes; ++a)
    shape.push_back(get_conv_gradinputs_shape_1axis(kernel_shape[first_axis + a], top_shape[2 + a],
                                                    border_of_axis(border_mode, a), subsample[a],
                                                    dilation[a]));
  return shape;
}

bool check_conv_gradinputs_shape(const Hint& image_shape, const Hint& kernel_shape,
                                 const Hint& output_shape, const BorderModeArg& border_mode,
                                 const Hint& subsample, const Hint& filter_dilation) {
  if (image_shape.size() < 3 || output_shape.size() != image_shape.size()) return false;
  const std::size_t axes = image_shape.size() - 2;
  const bool unshared = kernel_shape.size() == 2 + 2 * axes;
  if (kernel_shape.size() != image_shape.size() && !unshared) return false;
  if (subsample.size() != axes) return false;
  if (!filter_dilation.empty() && filter_dilation.size() != axes) return false;
  const Hint expected =
      get_conv_output_shape(image_shape, kernel_shape, border_mode, subsample, filter_dilation);
  const auto agree = [](const Size& a, const Size& b) { return !a || !b || *a == *b; };
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!agree(expected[i], output_shape[i])) return false;
  for (std::size_t a = 0; unshared && a < axes; ++a)
    if (!agree(kernel_shape[1 + a], output_shape[2 + a])) return false;
  return true;
}

Hint assert_conv_shape(const Hint& shape) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const index_t least = i < 2 ? 0 : 1;
    if (shape[i] && *shape[i] < least)
      throw ValueError(fmt::format("shape[{}] of {} is {}; it must be at least {}", i,
                                   to_string(shape), *shape[i], least));
  }
  return shape;
}

}  // namespace convict::ops
