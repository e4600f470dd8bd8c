// SPDX-License-Identifier: Apache-2.0
#include "fuzz/features/draft.hpp"

#include <algorithm>
#include <vector>

namespace convict::fuzz {
namespace {

/// Elements have a budget of their own, since a problem may have many of them and few products.
constexpr double elements_per_product = 0.25;
constexpr double least_elements = 6'000;

double volume(const Axes& extents) {
  double product = 1;
  for (const index_t extent : extents) product *= static_cast<double>(extent);
  return product;
}

bool affordable(const Draft& draft) {
  const double most_elements =
      draft.elements > 0 ? draft.elements
                         : std::max(least_elements, elements_per_product * draft.products);
  return products_of(draft.spec()) <= draft.products && elements_of(draft.spec()) <= most_elements;
}

/// 33 -> 17, 31 -> 15, 16 -> 8.
index_t halved(index_t size) {
  constexpr index_t tile = 8;
  return size % tile == tile - 1 ? size / 2 : (size + 1) / 2;
}

/// The fewest outputs of an axis: padding alone fills so many, and `complete` would add them again.
index_t least_outputs(const Draft& draft, std::size_t a) {
  const int axis = static_cast<int>(a);
  const SidePadding pad = padding_of(draft.spec(), axis);
  const index_t missing = 1 + pad.before + pad.after - dilated_extent(draft.spec(), axis);
  return 1 + std::max<index_t>(0, ceil_div(missing - draft.unused[a], draft.spec().stride[a]));
}

/// Every size that can be cut.
std::vector<index_t*> sizes_of(Draft& draft) {
  ConvSpec& spec = draft.spec();
  std::vector<index_t*> sizes = {&draft.group_in_channels, &draft.group_out_channels, &spec.batch,
                                 &spec.groups};
  draft.each_axis([&](std::size_t a) {
    if (draft.output[a] > least_outputs(draft, a)) sizes.push_back(&draft.output[a]);
  });
  return sizes;
}

std::vector<index_t*> parameters_of(Draft& draft) {
  ConvSpec& spec = draft.spec();
  std::vector<index_t*> parameters;
  draft.each_axis([&](std::size_t a) {
    for (Axes* axes : {&spec.filter, &spec.dilation, &spec.stride})
      parameters.push_back(&(*axes)[a]);
    parameters.push_back(&spec.padding[a].before);
    parameters.push_back(&spec.padding[a].after);
  });
  return parameters;
}

bool halve_largest(const std::vector<index_t*>& values) {
  if (values.empty()) return false;
  index_t* const largest = *std::ranges::max_element(values, {}, [](index_t* v) { return *v; });
  if (*largest <= 1) return false;
  *largest = halved(*largest);
  return true;
}

void complete_axis(Draft& draft, std::size_t a) {
  ConvSpec& spec = draft.spec();
  const int axis = static_cast<int>(a);
  const index_t stride = spec.stride[a];
  draft.unused[a] = std::min(draft.unused[a], stride - 1);
  const index_t extent = dilated_extent(spec, axis);
  const SidePadding pad = padding_of(spec, axis);
  const index_t input = input_extent(draft.output[a], extent, pad, stride, draft.unused[a]);
  if (input < 1) draft.output[a] += ceil_div(1 - input, stride);
  spec.input[a] = input_extent(draft.output[a], extent, pad, stride, draft.unused[a]);
}

/// Axes beyond the rank keep their defaults.
void drop_axis(Draft& draft, std::size_t a) {
  ConvSpec& spec = draft.spec();
  spec.input[a] = spec.filter[a] = spec.stride[a] = spec.dilation[a] = 1;
  spec.padding[a] = {};
  draft.output[a] = 1;
  draft.unused[a] = 0;
}

}  // namespace

std::size_t Draft::any_axis() {
  return static_cast<std::size_t>(draw.between(0, trial.spec.rank - 1));
}

void complete(Draft& draft) {
  ConvSpec& spec = draft.spec();
  spec.in_channels = spec.groups * draft.group_in_channels;
  spec.out_channels = spec.groups * draft.group_out_channels;
  for (auto a = static_cast<std::size_t>(spec.rank); a < max_rank; ++a) drop_axis(draft, a);
  draft.each_axis([&](std::size_t a) { complete_axis(draft, a); });
}

// In floating point: a draft that is not trimmed yet may have more than 64 bits can count.
double products_of(const ConvSpec& spec) {
  const double images = static_cast<double>(spec.batch);
  const double channels = static_cast<double>(spec.in_channels);
  const double group_filters = static_cast<double>(spec.out_channels / spec.groups);
  const double taps = volume(spec.filter);
  return images * channels * group_filters * taps *
         std::max(volume(output_extents(spec)), volume(spec.input));
}

double elements_of(const ConvSpec& spec) {
  const double images = static_cast<double>(spec.batch);
  const double positions = volume(output_extents(spec));
  const double filters = static_cast<double>(spec.out_channels) *
                         static_cast<double>(spec.in_channels / spec.groups) * volume(spec.filter) *
                         (spec.unshared ? positions : 1);
  return images * static_cast<double>(spec.in_channels) * volume(spec.input) + filters +
         images * static_cast<double>(spec.out_channels) * positions;
}

void trim(Draft& draft) {
  complete(draft);
  while (!affordable(draft) &&
         (halve_largest(sizes_of(draft)) || halve_largest(parameters_of(draft))))
    complete(draft);
}

void trim_beside(Draft& draft, std::span<const index_t* const> kept) {
  const auto others = [&](std::vector<index_t*> values) {
    std::erase_if(
        values, [&](const index_t* value) { return std::ranges::find(kept, value) != kept.end(); });
    return values;
  };
  complete(draft);
  while (!affordable(draft) &&
         (halve_largest(others(sizes_of(draft))) || halve_largest(others(parameters_of(draft)))))
    complete(draft);
  trim(draft);
}

}  // namespace convict::fuzz
