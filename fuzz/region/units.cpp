// SPDX-License-Identifier: Apache-2.0
#include "fuzz/region/units.hpp"

#include <algorithm>
#include <vector>

namespace convict::fuzz {
namespace {

using Kind = Unit::Kind;

bool is_per_axis(Kind kind) { return kind >= Kind::filter; }

std::vector<Unit> make_units() {
  std::vector<Unit> made;
  for (const Kind kind : {Kind::batch, Kind::in_channels, Kind::out_channels, Kind::groups})
    made.push_back({kind});
  for (const Kind kind : {Kind::output, Kind::input, Kind::filter, Kind::stride, Kind::dilation,
                          Kind::padding, Kind::pad_before, Kind::pad_after})
    for (int axis = Unit::every_axis; axis < static_cast<int>(max_rank); ++axis)
      made.push_back({kind, axis});
  return made;
}

index_t per_group(index_t channels, index_t groups) { return groups > 0 ? channels / groups : 0; }

index_t of_axis(const ConvSpec& spec, Kind kind, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  switch (kind) {
    case Kind::filter: return spec.filter[a];
    case Kind::stride: return spec.stride[a];
    case Kind::dilation: return spec.dilation[a];
    case Kind::pad_before: return padding_of(spec, axis).before;
    case Kind::pad_after: return padding_of(spec, axis).after;
    case Kind::padding: return padding_of(spec, axis).before;
    case Kind::output: return output_extent(spec, axis);
    default: return spec.input[a];
  }
}

/// Rows at the end of the axis that no output reads.
index_t unused_rows(const ConvSpec& spec, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  const SidePadding pad = padding_of(spec, axis);
  const index_t room = spec.input[a] + pad.before + pad.after - dilated_extent(spec, axis);
  return room - floor_div(room, spec.stride[a]) * spec.stride[a];
}

void set_axis(ConvSpec& spec, Kind kind, int axis, index_t value, Hold hold) {
  const auto a = static_cast<std::size_t>(axis);
  if (kind == Kind::input) {
    spec.input[a] = value;
    return;
  }
  const index_t unused = unused_rows(spec, axis);
  index_t outputs = output_extent(spec, axis);
  switch (kind) {
    case Kind::filter: spec.filter[a] = value; break;
    case Kind::stride: spec.stride[a] = value; break;
    case Kind::dilation: spec.dilation[a] = value; break;
    case Kind::pad_before: spec.padding[a].before = value; break;
    case Kind::pad_after: spec.padding[a].after = value; break;
    case Kind::padding: spec.padding[a] = {value, value}; break;
    default: outputs = value; break;
  }
  if (kind != Kind::output && hold == Hold::inputs) return;
  spec.input[a] = input_extent(outputs, dilated_extent(spec, axis), padding_of(spec, axis),
                               spec.stride[a], std::min(unused, spec.stride[a] - 1));
}

}  // namespace

std::span<const Unit> units() {
  static const std::vector<Unit> all = make_units();
  return all;
}

bool has(const ConvSpec& spec, Unit unit) {
  if (!is_per_axis(unit.kind)) return true;
  return unit.axis == Unit::every_axis ? spec.rank > 1 : unit.axis < spec.rank;
}

index_t value_of(const ConvSpec& spec, Unit unit) {
  switch (unit.kind) {
    case Kind::batch: return spec.batch;
    case Kind::groups: return spec.groups;
    case Kind::in_channels: return per_group(spec.in_channels, spec.groups);
    case Kind::out_channels: return per_group(spec.out_channels, spec.groups);
    default: break;
  }
  if (unit.axis != Unit::every_axis) return of_axis(spec, unit.kind, unit.axis);
  index_t largest = of_axis(spec, unit.kind, 0);
  for (int axis = 1; axis < spec.rank; ++axis)
    largest = std::max(largest, of_axis(spec, unit.kind, axis));
  return largest;
}

ConvSpec with(const ConvSpec& spec, Unit unit, index_t value, Hold hold) {
  ConvSpec changed = spec;
  const index_t in = per_group(spec.in_channels, spec.groups);
  const index_t out = per_group(spec.out_channels, spec.groups);
  switch (unit.kind) {
    case Kind::batch: changed.batch = value; return changed;
    case Kind::in_channels: changed.in_channels = spec.groups * value; return changed;
    case Kind::out_channels: changed.out_channels = spec.groups * value; return changed;
    case Kind::groups:
      changed.groups = value;
      changed.in_channels = value * in;
      changed.out_channels = value * out;
      return changed;
    default: break;
  }
  const bool pads =
      unit.kind == Kind::padding || unit.kind == Kind::pad_before || unit.kind == Kind::pad_after;
  if (pads) changed = with_explicit_padding(changed);
  for (int axis = 0; axis < spec.rank; ++axis)
    if (unit.axis == Unit::every_axis || unit.axis == axis)
      set_axis(changed, unit.kind, axis, value, hold);
  return changed;
}

}  // namespace convict::fuzz
