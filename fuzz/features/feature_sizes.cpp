// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "fuzz/features/feature_parts.hpp"

namespace convict::fuzz::parts {
namespace {

constexpr std::array<index_t, 4> tiles = {8, 16, 32, 64};
constexpr double huge_products = 1.6e6;  // 400,000 elements
constexpr double long_products = 4e4;

index_t beside(Draft& draft) { return draft.draw.one_of(tiles) + (draft.draw.chance(50) ? 1 : -1); }

void allow(Draft& draft, double products) {
  draft.products = std::max(draft.products, std::min(products, draft.most_products));
}

/// One image, few channels, one position: room for one size that is huge.
void make_small(Draft& draft, double products) {
  ConvSpec& spec = draft.spec();
  spec.batch = 1;
  draft.group_in_channels = std::min<index_t>(draft.group_in_channels, 2);
  draft.group_out_channels = std::min<index_t>(draft.group_out_channels, 2);
  spec.groups = std::min<index_t>(spec.groups, 2);
  draft.each_axis([&](std::size_t a) {
    spec.filter[a] = std::min<index_t>(spec.filter[a], 2);
    draft.output[a] = 1;
  });
  allow(draft, products);
}

/// Two adjacent taps at most, so that a huge size is not trimmed because the window is large.
void make_flat(Draft& draft) {
  const std::size_t kept = draft.any_axis();
  draft.each_axis([&](std::size_t a) {
    if (a != kept) draft.spec().filter[a] = 1;
    draft.spec().dilation[a] = 1;
    draft.unused[a] = 0;
  });
}

/// Sets taps far apart, and padding that takes up almost all of their extent: only the first or the
/// last tap reads the input, which is short, so that the problem is cheap.
void spread_taps(Draft& draft, std::size_t a, index_t taps, index_t dilation) {
  ConvSpec& spec = draft.spec();
  spec.filter[a] = taps;
  spec.dilation[a] = dilation;
  spec.border = BorderMode::none;
  const index_t padding = (taps - 1) * dilation - 2;
  const index_t before = draft.draw.chance(50) ? draft.draw.between(0, 1) : padding;
  spec.padding[a] = {before, padding - before};
}

}  // namespace

index_t outputs(const ConvSpec& spec) {
  const Axes extents = output_extents(spec);
  return extents[0] * extents[1] * extents[2];
}

void groups(Draft& draft) {
  constexpr std::array<index_t, 9> sizes = {2, 3, 4, 5, 8, 15, 16, 17, 2};
  draft.spec().groups = draft.draw.between(2, 4);
  draft.group_in_channels = draft.draw.one_of(sizes);
  do draft.group_out_channels = draft.draw.between(1, 9);
  while (draft.group_out_channels == draft.group_in_channels);
}
void depthwise(Draft& draft) {
  draft.spec().groups = draft.draw.between(2, 33);
  draft.group_in_channels = draft.group_out_channels = 1;
}
void multiplier(Draft& draft) {
  draft.spec().groups = draft.draw.between(2, 9);
  draft.group_in_channels = 1;
  draft.group_out_channels = draft.draw.between(2, 3);
}
void channel_tail(Draft& draft) {
  // Three groups of these are 9, 15, 33 and 63 channels.
  constexpr std::array<index_t, 4> thirds = {3, 5, 11, 21};
  ConvSpec& spec = draft.spec();
  index_t& group_channels =
      draft.draw.chance(50) ? draft.group_in_channels : draft.group_out_channels;
  if (spec.groups == 1) {
    group_channels = beside(draft);
  } else if (draft.group_in_channels == 1) {
    spec.groups = beside(draft);
  } else {
    spec.groups = 3;
    group_channels = draft.draw.one_of(thirds);
  }
}
void extent_tail(Draft& draft) { draft.output[draft.any_axis()] = beside(draft); }

void deep_channels(Draft& draft) {
  make_small(draft, long_products);
  draft.spec().groups = 1;
  draft.group_in_channels = draft.draw.between(300, 1200);
}
void many_positions(Draft& draft) {
  make_small(draft, long_products);
  const bool grouped = draft.spec().groups > 1;
  draft.spec().groups = grouped ? 2 : 1;
  draft.group_in_channels = draft.spec().groups;
  draft.group_out_channels = 1;
  draft.spec().batch = draft.draw.between(1, 9);
  draft.output[draft.any_axis()] =
      grouped ? draft.draw.between(400, 800) : draft.draw.between(60, 600);
}
void batch(Draft& draft) {
  constexpr std::array<index_t, 4> sizes = {2, 3, 5, 7};
  draft.spec().batch = draft.draw.one_of(sizes);
}
void large_batch(Draft& draft) {
  constexpr std::array<index_t, 5> sizes = {31, 32, 33, 40, 63};
  draft.spec().batch = draft.draw.one_of(sizes);
  allow(draft, long_products);
}
void unequal_extents(Draft& draft) {
  draft.each_axis([&](std::size_t a) {
    if (a > 0 && draft.output[a] == draft.output[0]) draft.output[a] += draft.draw.between(1, 4);
  });
}
void unit_extent(Draft& draft) { draft.output[draft.any_axis()] = 1; }
void one_by_n(Draft& draft) {
  ConvSpec& spec = draft.spec();
  spec.rank = 2;
  spec.filter[0] = spec.stride[0] = spec.dilation[0] = draft.output[0] = 1;
  spec.padding[0] = {};
  draft.output[1] = std::max<index_t>(draft.output[1], 3);
}
void unused_rows(Draft& draft) {
  ConvSpec& spec = draft.spec();
  const std::size_t surely = draft.any_axis();
  if (spec.stride[surely] == 1) spec.stride[surely] = draft.draw.between(2, 4);
  draft.each_axis([&](std::size_t a) {
    if (spec.stride[a] > 1) draft.unused[a] = draft.draw.between(1, spec.stride[a] - 1);
  });
}
void filter_over_input(Draft& draft) {
  ConvSpec& spec = draft.spec();
  const std::size_t a = draft.any_axis();
  const index_t input = draft.draw.between(1, 3);
  spec.filter[a] = std::max(spec.filter[a], input + 1);
  draft.output[a] = draft.draw.between(1, 3);
  const index_t padding =
      (draft.output[a] - 1) * spec.stride[a] + dilated_extent(spec, static_cast<int>(a)) - input;
  const index_t before = draft.draw.between(0, padding);
  spec.border = BorderMode::none;
  spec.padding[a] = {before, padding - before};
  draft.unused[a] = 0;
}

void long_axis(Draft& draft) {
  make_small(draft, huge_products);
  ConvSpec& spec = draft.spec();
  draft.group_in_channels = draft.group_out_channels = 1;
  // Index 65536, the first that 16 bits do not hold, needs 65537 elements.
  constexpr std::array<index_t, 6> sizes = {65535, 65536, 65537, 65537, 65537, 65540};
  const index_t size = draft.draw.one_of(sizes);
  const index_t kind = draft.draw.between(0, 3);
  if (kind < 3) make_flat(draft);
  switch (kind) {
    case 0: spec.batch = size; break;
    case 1: draft.group_in_channels = size; break;
    case 2: draft.group_out_channels = size; break;
    default: draft.output[draft.any_axis()] = size; break;
  }
}
void huge_parameter(Draft& draft) {
  constexpr std::array<index_t, 6> sizes = {256, 257, 300, 65535, 65536, 65537};
  make_small(draft, huge_products);
  ConvSpec& spec = draft.spec();
  const std::size_t a = draft.any_axis();
  const index_t size = draft.draw.one_of(sizes);
  draft.unused[a] = 0;
  switch (draft.draw.between(0, 2)) {
    case 0:
      spec.stride[a] = size;
      draft.output[a] = draft.draw.between(1, 2);
      break;
    case 1:
      spec.stride[a] = 1;
      spread_taps(draft, a, 2, size);
      break;
    default:
      spec.stride[a] = size;
      draft.output[a] = 2;
      spec.border = BorderMode::none;
      spec.padding[a] = draft.draw.chance(50) ? SidePadding{size, 0} : SidePadding{0, size};
      break;
  }
}

/// Dilations around the limits of 8 and 16 bits, of the 24 bits of a float's significand, and of 31
/// and 32 bits. The large ones are for few channels only, since kernels may copy the padded input.
void huge_dilation(Draft& draft) {
  constexpr index_t copied = 300;
  constexpr std::array<index_t, 10> dilations = {256,
                                                 257,
                                                 300,
                                                 65535,
                                                 65536,
                                                 65537,
                                                 (index_t{1} << 24) + 1,
                                                 (index_t{1} << 24) + 1,
                                                 (index_t{1} << 31) + 1,
                                                 (index_t{1} << 32) + 1};
  const index_t dilation = draft.draw.one_of(dilations);
  const bool is_small = dilation <= copied;
  if (!is_small) make_small(draft, 0);
  spread_taps(draft, draft.any_axis(), is_small ? draft.draw.between(2, 3) : 2, dilation);
}

bool leaves_rows(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  return any_axis(spec, [&](std::size_t a) {
    const index_t room =
        spec.input[a] + total_pad(spec, a) - dilated_extent(spec.filter[a], spec.dilation[a]);
    return room % spec.stride[a] != 0;
  });
}
bool exceeds_input(const Trial& trial) {
  return any_axis(trial.spec, [&](std::size_t a) {
    return dilated_extent(trial.spec.filter[a], trial.spec.dilation[a]) > trial.spec.input[a];
  });
}
bool has_huge_parameter(const Trial& trial) {
  constexpr index_t huge = 256;
  const ConvSpec& spec = trial.spec;
  return any_axis(spec, [&](std::size_t a) {
    return std::max({spec.stride[a], spec.dilation[a], spec.padding[a].before,
                     spec.padding[a].after}) >= huge;
  });
}
bool has_huge_dilation(const Trial& trial) {
  constexpr index_t huge = 256;
  return any_axis(trial.spec, [&](std::size_t a) {
    return trial.spec.filter[a] > 1 && trial.spec.dilation[a] >= huge;
  });
}
bool is_plain_3x3(const Trial& trial) {
  const ConvSpec& spec = trial.spec;
  return spec.rank == 2 && spec.filter == Axes{3, 3, 1} && all_one(spec, spec.stride) &&
         all_one(spec, spec.dilation) && spec.groups == 1 && !spec.unshared;
}
bool is_tiny(const Trial& trial) {
  constexpr index_t most = 3;
  const ConvSpec& spec = trial.spec;
  return std::max({spec.batch, spec.in_channels, spec.out_channels}) <= most &&
         !any_axis(spec,
                   [&](std::size_t a) { return std::max(spec.input[a], spec.filter[a]) > most; });
}

}  // namespace convict::fuzz::parts
