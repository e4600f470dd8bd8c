// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "fuzz/features/feature_parts.hpp"
#include "fuzz/features/modes.hpp"

namespace convict::fuzz::modes {
namespace {

/// Log-uniform in [low, high].
double log_uniform(Draw& draw, double low, double high) {
  return low * std::pow(high / low, draw.uniform());
}

/// Log-uniform in [low, high], then moved: 45 % to a power of two, one less or one more; 40 % to a
/// multiple of a tile's size and a remainder.
index_t blocked_size(Draw& draw, double low, double high) {
  constexpr std::array<index_t, 8> tiles = {8, 16, 24, 32, 48, 64, 96, 128};
  const auto size = static_cast<index_t>(log_uniform(draw, low, high));
  const double kind = 100 * draw.uniform();
  if (kind < 45) {
    const auto power = static_cast<index_t>(std::bit_floor(static_cast<std::uint64_t>(size)));
    return std::max<index_t>(1, power + draw.between(-1, 1));
  }
  if (kind < 85) {
    const index_t tile = draw.one_of(tiles);
    const std::array<index_t, 4> remainders = {0, 1, tile - 1, draw.between(0, tile - 1)};
    return std::max<index_t>(1, size / tile * tile + draw.one_of(remainders));
  }
  return std::max<index_t>(1, size);
}

void small_base(Draft& draft) {
  constexpr std::array<int, 6> ranks = {2, 2, 2, 2, 1, 3};
  constexpr std::array<index_t, 8> batches = {1, 1, 1, 2, 2, 3, 5, 9};
  constexpr std::array<index_t, 8> channels = {1, 1, 2, 3, 4, 8, 16, 17};
  constexpr std::array<index_t, 6> sides = {1, 1, 2, 3, 3, 3};
  ConvSpec& spec = draft.spec();
  spec.rank = draft.draw.one_of(ranks);
  spec.batch = draft.draw.one_of(batches);
  draft.group_in_channels = draft.draw.one_of(channels);
  draft.group_out_channels = draft.draw.one_of(channels);
  if (draft.draw.chance(25)) spec.groups = draft.draw.between(2, 4);
  if (draft.draw.chance(10)) {
    spec.groups = draft.draw.between(2, 33);
    draft.group_in_channels = draft.group_out_channels = 1;
  }
  const index_t side = draft.draw.one_of(sides);
  const bool padded = draft.draw.chance(50);
  draft.each_axis([&](std::size_t a) {
    spec.filter[a] = draft.draw.chance(80) ? side : draft.draw.one_of(sides);
    spec.stride[a] = draft.draw.chance(20) ? 2 : 1;
    spec.dilation[a] = draft.draw.chance(8) ? 2 : 1;
    if (padded) spec.padding[a] = {spec.filter[a] / 2, spec.filter[a] / 2};
    draft.output[a] = draft.draw.between(1, 9);
  });
  spec.flip = draft.draw.chance(15);
}

using Kept = std::vector<const index_t*>;
using MakeLarge = void (*)(Draft&, Kept&);

void set(index_t& size, index_t value, Kept& kept) {
  size = value;
  kept.push_back(&size);
}

/// So many elements of one tensor that they take a number of bytes which is log-uniform, 60 % from
/// 1 to 8 MiB and 40 % from 8 to 64 MiB, half of the time just beyond a power of two.
double drawn_elements(Draft& draft) {
  constexpr double mebibyte = 1 << 20;
  const double least = draft.draw.chance(60) ? mebibyte : 8 * mebibyte;
  double bytes = log_uniform(draft.draw, least, 8 * least);
  if (draft.draw.chance(50)) bytes = std::exp2(std::floor(std::log2(bytes))) * 1.02;
  const double elements = bytes / static_cast<double>(bytes_of(draft.trial.precision));
  draft.elements = std::max(draft.elements, 3 * elements);
  draft.products = std::max(draft.products, 1.2 * elements);
  return elements;
}

/// Few taps, so that positions cost little.
void make_filters_small(Draft& draft) {
  draft.each_axis([&](std::size_t a) {
    draft.spec().filter[a] = std::min<index_t>(draft.spec().filter[a], 2);
  });
  draft.group_in_channels = std::min<index_t>(draft.group_in_channels, 3);
  draft.group_out_channels = std::min<index_t>(draft.group_out_channels, 2);
}

void large_input(Draft& draft, Kept& kept) {
  ConvSpec& spec = draft.spec();
  const double elements = drawn_elements(draft);
  make_filters_small(draft);
  draft.group_out_channels = 1;
  constexpr std::array<index_t, 6> batches = {1, 2, 3, 4, 5, 9};
  spec.batch = draft.draw.one_of(batches);
  const std::size_t a = draft.any_axis();
  spec.stride[a] = draft.draw.between(1, 9);
  spec.groups = 1;
  const double slices = static_cast<double>(spec.batch * draft.group_in_channels);
  draft.each_axis([&](std::size_t b) {
    if (b != a) draft.output[b] = spec.filter[b] = spec.stride[b] = 1, spec.padding[b] = {};
  });
  kept.push_back(&spec.batch);
  kept.push_back(&draft.group_in_channels);
  set(draft.output[a],
      1 + static_cast<index_t>(elements / slices / static_cast<double>(spec.stride[a])), kept);
}

void large_output(Draft& draft, Kept& kept) {
  ConvSpec& spec = draft.spec();
  const double elements = drawn_elements(draft);
  make_filters_small(draft);
  spec.groups = 1;
  draft.group_in_channels = 1;
  const std::size_t a = draft.any_axis();
  draft.each_axis([&](std::size_t b) {
    spec.filter[b] = spec.stride[b] = 1;
    spec.padding[b] = {};
    if (b != a) draft.output[b] = draft.draw.between(1, 9);
  });
  set(draft.group_out_channels, blocked_size(draft.draw, 1, 64), kept);
  double slices = static_cast<double>(spec.batch * draft.group_out_channels);
  draft.each_axis([&](std::size_t b) {
    if (b != a) slices *= static_cast<double>(draft.output[b]);
  });
  set(draft.output[a], 1 + static_cast<index_t>(elements / slices), kept);
}

void large_filters(Draft& draft, Kept& kept) {
  const double elements = drawn_elements(draft);
  draft.spec().batch = 1;
  draft.spec().groups = 1;
  draft.each_axis([&](std::size_t a) {
    draft.output[a] = 1;
    draft.spec().filter[a] = std::min<index_t>(draft.spec().filter[a], 3);
  });
  const index_t in = blocked_size(draft.draw, 16, std::sqrt(elements));
  set(draft.group_in_channels, in, kept);
  set(draft.group_out_channels, 1 + static_cast<index_t>(elements / static_cast<double>(in)), kept);
}

void square_filter(Draft& draft, Kept& kept) {
  constexpr std::array<index_t, 12> sides = {5, 7, 7, 7, 8, 9, 11, 11, 13, 15, 16, 31};
  ConvSpec& spec = draft.spec();
  const index_t side = draft.draw.one_of(sides);
  if (spec.rank == 3) spec.rank = 2;
  const bool padded = draft.draw.chance(60);
  draft.each_axis([&](std::size_t a) {
    set(spec.filter[a], side, kept);
    spec.dilation[a] = 1;
    const index_t pad = padded ? side / 2 : 0;
    spec.padding[a] = {pad, pad};
  });
  if (draft.draw.chance(30)) {  // depthwise, as ConvNeXt has them
    spec.groups = blocked_size(draft.draw, 2, 100);
    draft.group_in_channels = draft.group_out_channels = 1;
  }
}

void long_filter(Draft& draft, Kept& kept) {
  const std::size_t a = draft.any_axis();
  draft.each_axis([&](std::size_t b) {
    if (b != a) draft.spec().filter[b] = std::min<index_t>(draft.spec().filter[b], 2);
  });
  draft.spec().dilation[a] = 1;
  const index_t taps = blocked_size(draft.draw, 8, draft.draw.chance(80) ? 300 : 5000);
  set(draft.spec().filter[a], taps, kept);
  if (draft.draw.chance(50)) draft.spec().padding[a] = {taps / 2, taps / 2};
}

/// Room for so many positions. More than half of the time each of them sums several products: one
/// image and one filter leave room for several channels.
void allow_positions(Draft& draft, double positions, Kept& kept) {
  constexpr std::array<index_t, 6> channels = {2, 3, 4, 8, 16, 24};
  if (draft.draw.chance(60)) {
    draft.spec().batch = draft.spec().groups = draft.group_out_channels = 1;
    set(draft.group_in_channels, draft.draw.one_of(channels), kept);
  }
  constexpr double products = 150;
  constexpr double most_products = 1e7;
  constexpr double elements = 26;
  draft.products = std::max(draft.products, std::min(most_products, products * positions));
  draft.elements = std::max(draft.elements, elements * positions);
}

void long_row(Draft& draft, Kept& kept) {
  if (draft.draw.chance(50)) make_filters_small(draft);
  const index_t positions = blocked_size(draft.draw, 500, 200'000);
  allow_positions(draft, static_cast<double>(positions), kept);
  set(draft.output[draft.any_axis()], positions, kept);
}

void large_plane(Draft& draft, Kept& kept) {
  ConvSpec& spec = draft.spec();
  spec.rank = 2;
  spec.filter[1] = spec.filter[0];
  const double positions = log_uniform(draft.draw, 3000, 200'000);
  allow_positions(draft, positions, kept);
  const index_t rows = blocked_size(draft.draw, 8, std::sqrt(positions));
  set(draft.output[0], rows, kept);
  set(draft.output[1], 1 + static_cast<index_t>(positions / static_cast<double>(rows)), kept);
}

constexpr std::array<MakeLarge, 16> large_sizes = {
    [](Draft& d, Kept& kept) { set(d.spec().batch, blocked_size(d.draw, 16, 4000), kept); },
    [](Draft& d, Kept& kept) { set(d.group_in_channels, blocked_size(d.draw, 32, 9000), kept); },
    [](Draft& d, Kept& kept) { set(d.group_in_channels, blocked_size(d.draw, 32, 1200), kept); },
    [](Draft& d, Kept& kept) { set(d.group_out_channels, blocked_size(d.draw, 32, 9000), kept); },
    [](Draft& d, Kept& kept) { set(d.group_out_channels, blocked_size(d.draw, 32, 1200), kept); },
    [](Draft& d, Kept& kept) {
      set(d.spec().groups, blocked_size(d.draw, 16, 3000), kept);
      d.group_in_channels = std::min<index_t>(d.group_in_channels, 2);
      d.group_out_channels = std::min<index_t>(d.group_out_channels, 2);
    },
    square_filter,
    square_filter,
    long_filter,
    long_row,
    large_plane,
    large_plane,
    large_input,
    large_input,
    large_output,
    large_filters,
};

MakeLarge drawn_size(Draft& draft, std::size_t count) {
  return large_sizes[static_cast<std::size_t>(
      draft.draw.between(0, static_cast<index_t>(count) - 1))];
}

index_t with_remainder(Draft& draft) {
  constexpr std::array<index_t, 4> tiles = {0, 0, 32, 64};
  return draft.draw.between(1, 33) + draft.draw.one_of(tiles);
}

}  // namespace

void large(Draft& draft) {
  constexpr std::size_t without_bytes = 12;
  constexpr double pair_percent = 30;
  small_base(draft);
  draft.products = log_uniform(draft.draw, 2e5, 1e7);
  draft.elements = std::max(1e5, draft.products / 4);
  Kept kept;
  if (draft.draw.chance(pair_percent)) drawn_size(draft, without_bytes)(draft, kept);
  drawn_size(draft, large_sizes.size())(draft, kept);
  trim_beside(draft, kept);
}

void remainders(Draft& draft) {
  constexpr std::array<int, 8> ranks = {2, 2, 2, 2, 2, 2, 1, 3};
  constexpr std::array<index_t, 7> sides = {3, 3, 3, 1, 1, 2, 5};
  ConvSpec& spec = draft.spec();
  spec.rank = draft.draw.one_of(ranks);
  draft.group_in_channels =
      draft.draw.chance(50) ? with_remainder(draft) : draft.draw.between(1, 4);
  draft.group_out_channels =
      draft.draw.chance(50) ? with_remainder(draft) : draft.draw.between(1, 4);
  if (draft.draw.chance(25)) {
    spec.groups = with_remainder(draft);
    draft.group_in_channels = draft.group_out_channels = 1;
  }
  const index_t side = draft.draw.one_of(sides);
  const double padding = 100 * draft.draw.uniform();
  draft.each_axis([&](std::size_t a) {
    spec.filter[a] = draft.draw.chance(90) ? side : draft.draw.one_of(sides);
    spec.stride[a] = draft.draw.chance(15) ? 2 : 1;
    if (padding < 35) spec.padding[a] = {spec.filter[a] / 2, spec.filter[a] / 2};
    if (padding > 80) spec.padding[a] = {draft.draw.between(0, 2), draft.draw.between(0, 2)};
    draft.output[a] = draft.draw.between(1, 5);
  });
  draft.output[static_cast<std::size_t>(spec.rank - 1)] = with_remainder(draft);
  if (draft.draw.chance(50)) spec.batch = draft.draw.between(2, 4);
  if (draft.draw.chance(40)) parts::alpha(draft);
  if (draft.draw.chance(50)) parts::beta(draft);
  if (draft.draw.chance(40)) draft.trial.recipe.align = draft.draw.between(1, 15);
  if (draft.draw.chance(40)) parts::threads(draft);
  constexpr double enough = 2e5;
  draft.products = std::max(draft.products, std::min(enough, draft.most_products));
}

void beyond(Draft& draft, int bits, std::size_t turn) {
  constexpr int only_inputs_from = 31;
  constexpr double outputs = 1 << 16;
  ConvSpec& spec = draft.spec();
  // A sixteenth more, so that thousands of strided outputs read elements beyond the limit.
  const double elements =
      std::exp2(bits) * 1.0625 + static_cast<double>(draft.draw.between(0, 999));
  const auto whole = static_cast<index_t>(elements);
  const std::size_t kind = turn % (bits >= only_inputs_from ? 2 : 4);
  spec.rank = 2;
  spec.batch = 1;
  constexpr index_t many = 1031;
  switch (kind) {
    case 0:  // one long axis, few outputs
      spec.rank = 1;
      spec.filter[0] = draft.draw.between(1, 3);
      spec.stride[0] = static_cast<index_t>(elements / outputs) | 1;
      draft.output[0] = whole / spec.stride[0];
      break;
    case 1:  // many images and channels, one output each
      spec.batch = many;
      draft.group_in_channels = draft.draw.between(9, 17);
      spec.filter[1] = draft.draw.between(1, 3);
      spec.stride[1] = whole / (many * draft.group_in_channels) / 2;
      draft.output[1] = 3;
      break;
    case 2:  // the output
      draft.group_out_channels = draft.draw.between(17, 40);
      draft.output[0] = many;
      draft.output[1] = whole / (many * draft.group_out_channels) + 1;
      break;
    default:  // the filters
      draft.group_in_channels = many * 4;
      draft.group_out_channels = whole / draft.group_in_channels + 1;
      break;
  }
  draft.products = draft.elements = elements_beyond(bits);
  complete(draft);
}

double elements_beyond(int bits) { return 1.3 * std::exp2(bits); }

}  // namespace convict::fuzz::modes
