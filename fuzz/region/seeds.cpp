// SPDX-License-Identifier: Apache-2.0
#include "fuzz/region/seeds.hpp"

#include <array>

#include "datasets/random.hpp"

namespace convict::fuzz {
namespace {

using datasets::Draws;

void draw_channels(ConvSpec& spec, Draws& draws) {
  constexpr std::array<index_t, 10> blocks = {1, 2, 3, 4, 8, 16, 32, 64, 96, 128};
  constexpr std::array<index_t, 3> multipliers = {1, 1, 2};
  constexpr std::array<index_t, 4> groupings = {2, 2, 3, 4};
  const index_t in = draws.one_of(blocks);
  const index_t out = draws.below(3) == 0 ? in : draws.one_of(blocks);
  switch (draws.below(6)) {
    case 0:
    case 1:  // depthwise, with a multiplier now and then
      spec.groups = spec.in_channels = in > 1 ? in : 8;
      spec.out_channels = spec.groups * draws.one_of(multipliers);
      break;
    case 2:
      spec.groups = draws.one_of(groupings);
      spec.in_channels = spec.groups * in;
      spec.out_channels = spec.groups * out;
      break;
    default:
      spec.in_channels = in;
      spec.out_channels = out;
      break;
  }
}

void draw_axes(ConvSpec& spec, Draws& draws) {
  constexpr std::array<index_t, 10> sides = {1, 1, 3, 3, 3, 5, 7, 2, 4, 11};
  constexpr std::array<index_t, 7> outputs = {1, 4, 7, 8, 13, 14, 16};
  const index_t side = draws.one_of(sides);
  const bool factorised = draws.below(10) == 0;
  const bool square = draws.below(3) != 0;
  const index_t output = draws.one_of(outputs);
  const index_t stride_kind = draws.below(8);
  const index_t pad_kind = draws.below(4);
  const index_t dilation = draws.below(8) == 0 ? 2 : 1;
  for (int axis = 0; axis < spec.rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    spec.filter[a] = factorised && axis > 0 ? 1 : side;
    spec.dilation[a] = dilation;
    spec.stride[a] = stride_kind < 5 ? 1 : stride_kind < 7 ? 2 : spec.filter[a];
    const index_t pad = pad_kind < 2 ? (dilated_extent(spec, axis) - 1) / 2 : 0;
    spec.padding[a] = pad_kind == 2 ? SidePadding{0, 0} : SidePadding{pad, pad};
    if (pad_kind == 3) spec.padding[a].after = spec.filter[a] / 2;  // TensorFlow's SAME, stride 2
    const index_t wanted = square ? output : draws.one_of(outputs);
    const index_t input =
        input_extent(wanted, dilated_extent(spec, axis), spec.padding[a], spec.stride[a]);
    spec.input[a] = input < 1 ? 1 : input;
  }
}

}  // namespace

std::vector<ConvSpec> plain_shapes(std::uint64_t seed, std::size_t count) {
  constexpr std::array<int, 6> ranks = {2, 2, 2, 2, 1, 3};
  constexpr std::array<index_t, 8> batches = {1, 1, 1, 2, 4, 16, 32, 64};
  Draws draws(seed, 0x5eed);
  std::vector<ConvSpec> shapes;
  while (shapes.size() < count) {
    ConvSpec spec;
    spec.rank = draws.one_of(ranks);
    spec.batch = draws.one_of(batches);
    draw_channels(spec, draws);
    draw_axes(spec, draws);
    spec.flip = draws.below(12) == 0;
    spec.unshared = draws.below(24) == 0;
    if (!why_invalid(spec)) shapes.push_back(spec);
  }
  return shapes;
}

}  // namespace convict::fuzz
