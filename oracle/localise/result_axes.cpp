// SPDX-License-Identifier: Apache-2.0
#include "oracle/localise/result_axes.hpp"

#include <array>

namespace convict::oracle {
namespace {

struct Noun {
  std::string_view one, many;
};
using Nouns = std::array<Noun, max_rank>;

constexpr Nouns places = {{{"slice", "slices"}, {"row", "rows"}, {"column", "columns"}}};
constexpr Nouns banks = {
    {{"bank slice", "bank slices"}, {"bank row", "bank rows"}, {"bank column", "bank columns"}}};
constexpr Nouns taps = {
    {{"tap slice", "tap slices"}, {"tap row", "tap rows"}, {"tap column", "tap columns"}}};

void append(std::vector<ResultAxis>& axes, AxisRole role, const Nouns& nouns, const Axes& extents,
            int rank) {
  for (int axis = 0; axis < rank; ++axis) {
    const Noun& noun = nouns[static_cast<std::size_t>(max_rank - rank + axis)];
    axes.push_back({.role = role,
                    .one = noun.one,
                    .many = noun.many,
                    .extent = extents[static_cast<std::size_t>(axis)],
                    .spatial = axis});
  }
}

ResultAxis leading(AxisRole role, Noun noun, index_t extent) {
  return {.role = role, .one = noun.one, .many = noun.many, .extent = extent};
}

}  // namespace

std::vector<ResultAxis> result_axes(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  const Noun channel{"channel", "channels"};
  std::vector<ResultAxis> axes;
  if (trial.pass == Pass::grad_weights) {
    axes.push_back(leading(AxisRole::out_channel, {"filter", "filters"}, spec.out_channels));
    if (spec.unshared) append(axes, AxisRole::output, banks, output_extents(spec), spec.rank);
    axes.push_back(leading(AxisRole::group_channel, channel, spec.in_channels / spec.groups));
    append(axes, AxisRole::tap, taps, spec.filter, spec.rank);
    return axes;
  }
  const bool forward = trial.pass == Pass::forward;
  axes.push_back(leading(AxisRole::image, {"image", "images"}, spec.batch));
  axes.push_back(leading(forward ? AxisRole::out_channel : AxisRole::in_channel, channel,
                         forward ? spec.out_channels : spec.in_channels));
  append(axes, forward ? AxisRole::output : AxisRole::input, places,
         forward ? output_extents(spec) : spec.input, spec.rank);
  return axes;
}

bool is_innermost(const ResultAxis& axis, Pass pass) {
  return pass == Pass::grad_weights ? axis.role == AxisRole::tap : axis.spatial >= 0;
}

}  // namespace convict::oracle
