// SPDX-License-Identifier: Apache-2.0
#include "reports/features.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convict::reports {
namespace {

template <int Rank>
bool has_rank(const Trial& t) {
  return t.spec.rank == Rank;
}
template <Pass P>
bool has_pass(const Trial& t) {
  return t.pass == P;
}
template <Precision P>
bool has_precision(const Trial& t) {
  return t.precision == P;
}
template <BorderMode Mode>
bool has_border(const Trial& t) {
  return t.spec.border == Mode;
}

template <class Predicate>
bool any_axis(const ConvSpec& spec, Predicate predicate) {
  for (int axis = 0; axis < spec.rank; ++axis)
    if (predicate(static_cast<std::size_t>(axis))) return true;
  return false;
}

bool uneven(const ConvSpec& spec, const Axes& values) {
  return any_axis(spec, [&](std::size_t a) { return values[a] != values[0]; });
}
bool exceeds_one(const ConvSpec& spec, const Axes& values) {
  return any_axis(spec, [&](std::size_t a) { return values[a] > 1; });
}
index_t extent(const ConvSpec& spec, std::size_t a) {
  return dilated_extent(spec.filter[a], spec.dilation[a]);
}

bool asymmetric(const ConvSpec& spec) {
  return any_axis(spec,
                  [&](std::size_t a) { return spec.padding[a].before != spec.padding[a].after; });
}
bool one_sided(const ConvSpec& spec) {
  return any_axis(spec, [&](std::size_t a) {
    return (spec.padding[a].before == 0) != (spec.padding[a].after == 0);
  });
}
bool pads_explicitly(const ConvSpec& spec) {
  return any_axis(
      spec, [&](std::size_t a) { return spec.padding[a].before + spec.padding[a].after > 0; });
}
bool pads_beyond_extent(const ConvSpec& spec) {
  return any_axis(spec, [&](std::size_t a) {
    const SidePadding pad = padding_of(spec, static_cast<int>(a));
    return std::max(pad.before, pad.after) >= extent(spec, a);
  });
}
bool strides_over_inputs(const ConvSpec& spec) {
  return any_axis(spec, [&](std::size_t a) { return spec.stride[a] > extent(spec, a); });
}
bool leaves_last_rows(const ConvSpec& spec) {
  return any_axis(spec, [&](std::size_t a) {
    const SidePadding pad = padding_of(spec, static_cast<int>(a));
    return (spec.input[a] + pad.before + pad.after - extent(spec, a)) % spec.stride[a] != 0;
  });
}
bool is_depthwise(const ConvSpec& spec) {
  return spec.groups > 1 && spec.groups == spec.in_channels;
}
bool is_empty(const ConvSpec& spec) {
  return spec.batch == 0 || spec.in_channels == 0 || spec.out_channels == 0 ||
         any_axis(spec, [&](std::size_t a) { return spec.input[a] == 0; });
}

// clang-format off
constexpr Feature known_features[] = {
    {"rank", "1d", has_rank<1>},
    {"rank", "2d", has_rank<2>},
    {"rank", "3d", has_rank<3>},
    {"pass", "forward", has_pass<Pass::forward>},
    {"pass", "grad_input", has_pass<Pass::grad_input>},
    {"pass", "grad_weights", has_pass<Pass::grad_weights>},
    {"precision", "f64", has_precision<Precision::f64>},
    {"precision", "f32", has_precision<Precision::f32>},
    {"precision", "tf32", has_precision<Precision::tf32>},
    {"precision", "bf16", has_precision<Precision::bf16>},
    {"precision", "f16", has_precision<Precision::f16>},
    {"precision", "f16a16", has_precision<Precision::f16a16>},
    {"border", "none", [](const Trial& t) { return t.spec.border == BorderMode::none && !pads_explicitly(t.spec); }},
    {"border", "valid", has_border<BorderMode::valid>},
    {"border", "half", has_border<BorderMode::half>},
    {"border", "full", has_border<BorderMode::full>},
    {"border", "symmetric", [](const Trial& t) { return pads_explicitly(t.spec) && !asymmetric(t.spec); }},
    {"border", "asymmetric", [](const Trial& t) { return asymmetric(t.spec); }},
    {"border", "one-sided", [](const Trial& t) { return one_sided(t.spec); }},
    {"border", "pad >= extent", [](const Trial& t) { return pads_beyond_extent(t.spec); }},
    {"stride", "1", [](const Trial& t) { return !exceeds_one(t.spec, t.spec.stride); }},
    {"stride", "> 1", [](const Trial& t) { return exceeds_one(t.spec, t.spec.stride); }},
    {"stride", "> extent", [](const Trial& t) { return strides_over_inputs(t.spec); }},
    {"stride", "uneven", [](const Trial& t) { return uneven(t.spec, t.spec.stride); }},
    {"stride", "unused rows", [](const Trial& t) { return leaves_last_rows(t.spec); }},
    {"dilation", "1", [](const Trial& t) { return !exceeds_one(t.spec, t.spec.dilation); }},
    {"dilation", "> 1", [](const Trial& t) { return exceeds_one(t.spec, t.spec.dilation); }},
    {"dilation", "uneven", [](const Trial& t) { return uneven(t.spec, t.spec.dilation); }},
    {"groups", "none", [](const Trial& t) { return t.spec.groups == 1; }},
    {"groups", "some", [](const Trial& t) { return t.spec.groups > 1 && !is_depthwise(t.spec); }},
    {"groups", "depthwise", [](const Trial& t) { return is_depthwise(t.spec); }},
    {"groups", "multiplier", [](const Trial& t) { return is_depthwise(t.spec) && t.spec.out_channels > t.spec.groups; }},
    {"filter", "1x1", [](const Trial& t) { return !exceeds_one(t.spec, t.spec.filter); }},
    {"filter", "even", [](const Trial& t) { return any_axis(t.spec, [&](std::size_t a) { return t.spec.filter[a] % 2 == 0; }); }},
    {"filter", "rectangular", [](const Trial& t) { return uneven(t.spec, t.spec.filter); }},
    {"filter", "flip", [](const Trial& t) { return t.spec.flip; }},
    {"filter", "unshared", [](const Trial& t) { return t.spec.unshared; }},
    {"data", "zero-size", [](const Trial& t) { return is_empty(t.spec); }},
    {"data", "scaled", [](const Trial& t) { return t.recipe.alpha != 1 || t.recipe.beta != 0; }},
    {"data", "nhwc", [](const Trial& t) { return t.recipe.layout == Layout::nhwc; }},
    {"data", "pitch", [](const Trial& t) { return t.recipe.pitch > 0; }},
    {"data", "other layout", [](const Trial& t) { return has_unusual_order(t.recipe.layout) || t.recipe.steps != Steps{}; }},
    {"data", "misaligned", [](const Trial& t) { return t.recipe.align > 0; }},
    {"data", "guard=left", [](const Trial& t) { return t.recipe.guard == Guard::left; }},
    {"data", "guard=right", [](const Trial& t) { return t.recipe.guard == Guard::right; }},
    {"data", "threads > 1", [](const Trial& t) { return t.recipe.threads > 1; }},
    {"refusal", "must_refuse", [](const Trial& t) { return why_invalid(t.spec).has_value(); }},
};
// clang-format on

}  // namespace

std::span<const Feature> features() { return known_features; }

std::vector<std::size_t> features_of(const Trial& trial) {
  constexpr std::size_t must_refuse = std::size(known_features) - 1;
  if (known_features[must_refuse].has(trial)) return {must_refuse};
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < must_refuse; ++i)
    if (known_features[i].has(trial)) found.push_back(i);
  return found;
}

std::vector<std::string> named_features_of(const Trial& trial) {
  std::vector<std::string> names = {fmt::format("fill {}", trial.recipe.fill)};
  if (trial.recipe.check != Recipe{}.check)
    names.push_back(fmt::format("check {}", trial.recipe.check));
  return names;
}

std::vector<std::string> feature_names_of(const Trial& trial) {
  std::vector<std::string> names = named_features_of(trial);
  for (const std::size_t feature : features_of(trial))
    names.push_back(name_of(known_features[feature]));
  return names;
}

std::string name_of(const Feature& feature) {
  return fmt::format("{}: {}", feature.group, feature.name);
}

}  // namespace convict::reports
