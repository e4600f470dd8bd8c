// SPDX-License-Identifier: Apache-2.0
#include "ops/border.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

constexpr std::string_view what_is_right =
    "it must be 'valid', 'half', 'full', an int >= 0, or one entry per spatial axis";

template <class Error>
[[noreturn]] void refuse(const BorderModeArg& border_mode, std::string_view right) {
  throw Error(fmt::format("border_mode is {}; {}", to_string(border_mode), right));
}

std::string axis_text(const AxisPadding& axis) {
  if (!axis.is_tuple) return fmt::format("{}", axis.sides[0]);
  return fmt::format("({}{})", fmt::join(axis.sides, ", "), axis.sides.size() == 1 ? "," : "");
}

std::optional<BorderMode> mode_named(const std::string& name) {
  if (name == "valid") return BorderMode::valid;
  if (name == "half") return BorderMode::half;
  if (name == "full") return BorderMode::full;
  return std::nullopt;
}

bool any_negative(const Dims& sides) {
  return std::ranges::any_of(sides, [](index_t side) { return side < 0; });
}

SidePadding sides_of(const AxisPadding& axis) {
  return {axis.sides[0], axis.sides[axis.sides.size() - 1]};
}

void check_length(const BorderModeArg& border_mode, const std::vector<AxisPadding>& axes,
                  int convdim) {
  if (axes.size() != static_cast<std::size_t>(convdim))
    refuse<ValueError>(border_mode, fmt::format("a tuple needs {} entries", convdim));
}

SidePadding checked_entry(const BorderModeArg& border_mode, const AxisPadding& axis, int convdim) {
  if ((axis.is_tuple && axis.sides.size() != 2) || any_negative(axis.sides))
    refuse<ValueError>(border_mode, "every entry must be an int >= 0 or a pair of ints >= 0");
  if (axis.is_tuple && convdim == 3)
    refuse<NotImplementedError>(border_mode, "three axes take ints only, padding both sides alike");
  return sides_of(axis);
}

Border explicit_border(const std::vector<SidePadding>& pads) {
  Border border{.mode = BorderMode::none, .sides = {}};
  std::ranges::copy(pads, border.sides.begin());
  if (border.sides == Border{}.sides) border.mode = BorderMode::valid;
  return border;
}

SidePadding pad_of_entry(const BorderModeArg& mode, const AxisPadding& axis) {
  if (axis.is_tuple && axis.sides.size() != 2)
    refuse<NotImplementedError>(mode, "an entry that is a tuple must be a pair");
  if (any_negative(axis.sides)) refuse<ValueError>(mode, "every padding must be >= 0");
  return sides_of(axis);
}

}  // namespace

std::string to_string(const BorderModeArg& border_mode) {
  if (const auto* name = std::get_if<std::string>(&border_mode.value))
    return fmt::format("'{}'", *name);
  if (const auto* pad = std::get_if<index_t>(&border_mode.value)) return fmt::format("{}", *pad);
  std::vector<std::string> entries;
  for (const AxisPadding& axis : std::get<std::vector<AxisPadding>>(border_mode.value))
    entries.push_back(axis_text(axis));
  return fmt::format("({}{})", fmt::join(entries, ", "), entries.size() == 1 ? "," : "");
}

Border checked_border(const BorderModeArg& border_mode, int convdim) {
  const auto rank = static_cast<std::size_t>(convdim);
  if (const auto* pad = std::get_if<index_t>(&border_mode.value)) {
    if (*pad < 0) refuse<ValueError>(border_mode, "an int must be >= 0");
    return explicit_border(std::vector<SidePadding>(rank, {*pad, *pad}));
  }
  if (const auto* axes = std::get_if<std::vector<AxisPadding>>(&border_mode.value)) {
    check_length(border_mode, *axes, convdim);
    std::vector<SidePadding> pads;
    for (const AxisPadding& axis : *axes) pads.push_back(checked_entry(border_mode, axis, convdim));
    return explicit_border(pads);
  }
  const auto mode = mode_named(std::get<std::string>(border_mode.value));
  if (!mode) refuse<ValueError>(border_mode, what_is_right);
  return {.mode = *mode, .sides = {}};
}

std::vector<SidePadding> border_mode_to_pad(const BorderModeArg& mode, int convdim,
                                            const Dims& kshp) {
  const auto rank = static_cast<std::size_t>(convdim);
  if (const auto* pad = std::get_if<index_t>(&mode.value)) {
    if (*pad < 0) refuse<ValueError>(mode, "an int must be >= 0");
    return std::vector<SidePadding>(rank, {*pad, *pad});
  }
  std::vector<SidePadding> pads;
  if (const auto* axes = std::get_if<std::vector<AxisPadding>>(&mode.value)) {
    check_length(mode, *axes, convdim);
    for (const AxisPadding& axis : *axes) pads.push_back(pad_of_entry(mode, axis));
    return pads;
  }
  const auto named = mode_named(std::get<std::string>(mode.value));
  if (!named) refuse<ValueError>(mode, what_is_right);
  if (kshp.size() != rank)
    throw ValueError(fmt::format("kshp is {}; it needs {} dilated filter extents",
                                 convict::ops::to_string(kshp), convdim));
  for (const index_t dilated : kshp) pads.push_back(resolve_border(*named, {}, dilated));
  return pads;
}

}  // namespace convict::ops
