// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "fuzz/features/feature_parts.hpp"

namespace convict::fuzz::parts {
namespace {

using Values = std::array<index_t, 5>;
constexpr Values some_strides = {1, 2, 3, 4, 7};
constexpr std::array<index_t, 4> some_dilations = {1, 2, 3, 5};

index_t extent_of(const ConvSpec& spec, std::size_t a) {
  return dilated_extent(spec, static_cast<int>(a));
}

/// Draws every axis by `value` until not all are equal, 8 times at most: a single axis is always.
template <class Value>
void draw_unlike(Draft& draft, Axes& axes, Value value) {
  constexpr int tries = 8;
  for (int i = 0; i < tries; ++i) {
    draft.each_axis([&](std::size_t a) { axes[a] = value(); });
    if (uneven(draft.spec(), axes)) return;
  }
}

/// Removes a symbolic border, whose axes cannot be padded one by one.
ConvSpec& explicit_border(Draft& draft) {
  draft.spec().border = BorderMode::none;
  return draft.spec();
}

}  // namespace

bool uneven(const ConvSpec& spec, const Axes& values) {
  return any_axis(spec, [&](std::size_t a) { return values[a] != values[0]; });
}
bool all_one(const ConvSpec& spec, const Axes& values) {
  return !any_axis(spec, [&](std::size_t a) { return values[a] != 1; });
}
index_t total_pad(const ConvSpec& spec, std::size_t axis) {
  const SidePadding pad = padding_of(spec, static_cast<int>(axis));
  return pad.before + pad.after;
}

void rectangular_filter(Draft& draft) {
  draw_unlike(draft, draft.spec().filter, [&] { return draft.draw.between(1, 6); });
}
void even_filter(Draft& draft) {
  constexpr Values even = {2, 4, 6, 2, 2};
  const std::size_t surely = draft.any_axis();
  draft.each_axis([&](std::size_t a) {
    if (a == surely || draft.draw.chance(50)) draft.spec().filter[a] = draft.draw.one_of(even);
  });
}
void unit_filter(Draft& draft) {
  draft.each_axis([&](std::size_t a) { draft.spec().filter[a] = 1; });
}
void large_filter(Draft& draft) {
  constexpr Values large = {8, 9, 11, 24, 65};
  draft.each_axis([&](std::size_t a) {
    draft.spec().filter[a] = std::min<index_t>(draft.spec().filter[a], 2);
  });
  draft.spec().filter[draft.any_axis()] = draft.draw.one_of(large);
}

void dilate(Draft& draft) {
  draft.each_axis(
      [&](std::size_t a) { draft.spec().dilation[a] = draft.draw.one_of(some_dilations); });
  const std::size_t a = draft.any_axis();
  draft.spec().dilation[a] = std::max<index_t>(draft.spec().dilation[a], 2);
}
void uneven_dilation(Draft& draft) {
  draw_unlike(draft, draft.spec().dilation, [&] { return draft.draw.one_of(some_dilations); });
}

void strides(Draft& draft) {
  draft.each_axis([&](std::size_t a) { draft.spec().stride[a] = draft.draw.one_of(some_strides); });
  const std::size_t a = draft.any_axis();
  draft.spec().stride[a] = std::max<index_t>(draft.spec().stride[a], 2);
}
void uneven_stride(Draft& draft) {
  draw_unlike(draft, draft.spec().stride, [&] { return draft.draw.one_of(some_strides); });
}
void stride_over_extent(Draft& draft) {
  const std::size_t a = draft.any_axis();
  draft.spec().stride[a] = extent_of(draft.spec(), a) + draft.draw.between(1, 3);
}
void common_factor(Draft& draft) {
  constexpr Values factors = {2, 2, 3, 4, 2};
  const std::size_t a = draft.any_axis();
  draft.spec().stride[a] = draft.spec().dilation[a] = draft.draw.one_of(factors);
  draft.spec().filter[a] = std::max<index_t>(draft.spec().filter[a], 2);
}

void pad(Draft& draft) {
  ConvSpec& spec = explicit_border(draft);
  draft.each_axis([&](std::size_t a) {
    const index_t most = std::max<index_t>(extent_of(spec, a) - 1, 1);
    spec.padding[a].before = spec.padding[a].after = draft.draw.between(0, most);
  });
  SidePadding& surely = spec.padding[draft.any_axis()];
  surely.before = std::max<index_t>(surely.before, 1);
}
void asymmetric_pad(Draft& draft) {
  ConvSpec& spec = explicit_border(draft);
  draft.each_axis([&](std::size_t a) {
    const index_t most = std::max<index_t>(extent_of(spec, a) - 1, 1);
    spec.padding[a] = {draft.draw.between(0, most), draft.draw.between(0, most)};
  });
  SidePadding& surely = spec.padding[draft.any_axis()];
  if (surely.before == surely.after) ++surely.after;
}
void one_sided_pad(Draft& draft) {
  ConvSpec& spec = explicit_border(draft);
  const std::size_t a = draft.any_axis();
  const index_t size = draft.draw.between(1, extent_of(spec, a));
  spec.padding[a] = draft.draw.chance(50) ? SidePadding{size, 0} : SidePadding{0, size};
}
void pad_by_axis(Draft& draft) {
  ConvSpec& spec = explicit_border(draft);
  Axes sizes{};
  draw_unlike(draft, sizes, [&] { return draft.draw.between(0, 4); });
  draft.each_axis([&](std::size_t a) { spec.padding[a] = {sizes[a], sizes[a]}; });
}
void pad_beyond_extent(Draft& draft) {
  ConvSpec& spec = explicit_border(draft);
  const std::size_t a = draft.any_axis();
  const index_t size = extent_of(spec, a) + draft.draw.between(0, 3);
  SidePadding& side = spec.padding[a];
  (draft.draw.chance(50) ? side.before : side.after) = size;
}
void symbolic_border(Draft& draft) {
  constexpr std::array modes = {BorderMode::valid, BorderMode::half, BorderMode::full};
  draft.spec().border = draft.draw.one_of(modes);
  draft.spec().padding = {};
}

bool strides_over_extent(const Trial& trial) {
  return any_axis(trial.spec,
                  [&](std::size_t a) { return trial.spec.stride[a] > extent_of(trial.spec, a); });
}
bool has_common_factor(const Trial& trial) {
  return any_axis(trial.spec, [&](std::size_t a) {
    return trial.spec.filter[a] > 1 && std::gcd(trial.spec.stride[a], trial.spec.dilation[a]) > 1;
  });
}
bool pads_differ_by_axis(const Trial& trial) {
  return any_axis(trial.spec, [&](std::size_t a) {
    return padding_of(trial.spec, static_cast<int>(a)) != padding_of(trial.spec, 0);
  });
}
bool pads_beyond_extent(const Trial& trial) {
  return any_axis(trial.spec, [&](std::size_t a) {
    const SidePadding side = padding_of(trial.spec, static_cast<int>(a));
    return std::max(side.before, side.after) >= extent_of(trial.spec, a);
  });
}

}  // namespace convict::fuzz::parts
