// SPDX-License-Identifier: Apache-2.0
#include "reports/conditions/condition_literals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/features.hpp"

namespace convict::reports {
namespace {

std::size_t last(const Trial& t) { return static_cast<std::size_t>(t.spec.rank - 1); }
index_t in_per_group(const Trial& t) { return t.spec.in_channels / t.spec.groups; }
index_t out_per_group(const Trial& t) { return t.spec.out_channels / t.spec.groups; }
index_t columns(const Trial& t) { return output_extent(t.spec, t.spec.rank - 1); }
index_t positions(const Trial& t) {
  index_t product = 1;
  for (const index_t extent : output_extents(t.spec)) product *= extent;
  return product;
}

template <index_t (*Of)(const Trial&), index_t Modulus>
bool leaves_tail(const Trial& t) {
  return Of(t) % Modulus != 0;
}
template <index_t (*Of)(const Trial&), index_t Modulus>
bool fills_tiles(const Trial& t) {
  return Of(t) % Modulus == 0;
}
template <index_t (*Of)(const Trial&), index_t Value>
bool equals(const Trial& t) {
  return Of(t) == Value;
}

bool any_at_least(const Trial& t, const Axes& values, index_t least) {
  return std::any_of(values.begin(), values.begin() + t.spec.rank,
                     [&](index_t value) { return value >= least; });
}

template <class Predicate>
bool any_side(const Trial& t, Predicate predicate) {
  for (int axis = 0; axis < t.spec.rank; ++axis)
    if (predicate(padding_of(t.spec, axis), axis)) return true;
  return false;
}

SidePadding last_padding(const Trial& t) { return padding_of(t.spec, t.spec.rank - 1); }

bool has_dense_steps(const Trial& t) { return t.recipe.pitch == 0 && t.recipe.steps == Steps{}; }
bool has_plain_filters(const Trial& t) {
  const auto& order = t.recipe.layout.filters;
  return t.recipe.steps.filters == Steps{}.filters &&
         (order == Layout::nchw.filters || order == Layout::nhwc.filters);
}
/// The images of a tensor follow each other, without a gap between them.
bool puts_images_in_a_row(const AxisOrder<5>& order, const std::array<AxisStep, 5>& steps) {
  return order[0] == 0 && steps[0] == AxisStep{} && steps[order[1]].unused == 0;
}

// clang-format off
constexpr std::pair<std::string_view, bool (*)(const Trial&)> finer[] = {
    {"groups > 1", [](const Trial& t) { return t.spec.groups > 1; }},
    {"result not empty", [](const Trial& t) { return result_elements(t.spec, t.pass) > 0; }},
    {"not depthwise", [](const Trial& t) { return t.spec.groups == 1 || t.spec.groups < t.spec.in_channels; }},
    {"batch > 1", [](const Trial& t) { return t.spec.batch > 1; }},
    {"batch 1", [](const Trial& t) { return t.spec.batch == 1; }},
    {"rank > 1", [](const Trial& t) { return t.spec.rank > 1; }},
    {"stride >= 3", [](const Trial& t) { return any_at_least(t, t.spec.stride, 3); }},
    {"stride > 1 on the last axis", [](const Trial& t) { return t.spec.stride[last(t)] > 1; }},
    {"dilation >= 3", [](const Trial& t) { return any_at_least(t, t.spec.dilation, 3); }},
    {"dilation > 1 on the last axis", [](const Trial& t) { return t.spec.dilation[last(t)] > 1; }},
    {"padding > 0", [](const Trial& t) { return any_side(t, [](SidePadding p, int) { return p.before + p.after > 0; }); }},
    {"no padding", [](const Trial& t) { return !any_side(t, [](SidePadding p, int) { return p.before + p.after > 0; }); }},
    {"padding before > 0", [](const Trial& t) { return any_side(t, [](SidePadding p, int) { return p.before > 0; }); }},
    {"padding after > 0", [](const Trial& t) { return any_side(t, [](SidePadding p, int) { return p.after > 0; }); }},
    {"padding before > 0 on the last axis", [](const Trial& t) { return last_padding(t).before > 0; }},
    {"padding after > 0 on the last axis", [](const Trial& t) { return last_padding(t).after > 0; }},
    {"padding before < after", [](const Trial& t) { return any_side(t, [](SidePadding p, int) { return p.before < p.after; }); }},
    {"padding before > after", [](const Trial& t) { return any_side(t, [](SidePadding p, int) { return p.before > p.after; }); }},
    {"window > input", [](const Trial& t) { return any_side(t, [&](SidePadding, int a) { return dilated_extent(t.spec, a) > t.spec.input[static_cast<std::size_t>(a)]; }); }},
    {"filter > 1 on the last axis", [](const Trial& t) { return t.spec.filter[last(t)] > 1; }},
    {"filter extent > 3", [](const Trial& t) { return any_at_least(t, t.spec.filter, 4); }},
    {"C/G = 1", equals<in_per_group, 1>},
    {"C/G > 1", [](const Trial& t) { return in_per_group(t) > 1; }},
    {"C/G mod 4 != 0", leaves_tail<in_per_group, 4>},
    {"C/G mod 8 != 0", leaves_tail<in_per_group, 8>},
    {"C/G mod 16 != 0", leaves_tail<in_per_group, 16>},
    {"C/G mod 4 = 0", fills_tiles<in_per_group, 4>},
    {"C/G mod 8 = 0", fills_tiles<in_per_group, 8>},
    {"K/G = 1", equals<out_per_group, 1>},
    {"K/G > 1", [](const Trial& t) { return out_per_group(t) > 1; }},
    {"K/G mod 4 != 0", leaves_tail<out_per_group, 4>},
    {"K/G mod 8 != 0", leaves_tail<out_per_group, 8>},
    {"K/G mod 16 != 0", leaves_tail<out_per_group, 16>},
    {"K/G mod 4 = 0", fills_tiles<out_per_group, 4>},
    {"K/G mod 8 = 0", fills_tiles<out_per_group, 8>},
    {"output columns > 1", [](const Trial& t) { return columns(t) > 1; }},
    {"output columns = 1", equals<columns, 1>},
    {"output columns mod 4 != 0", leaves_tail<columns, 4>},
    {"output columns mod 8 != 0", leaves_tail<columns, 8>},
    {"output columns mod 16 != 0", leaves_tail<columns, 16>},
    {"output columns mod 4 = 0", fills_tiles<columns, 4>},
    {"output columns mod 8 = 0", fills_tiles<columns, 8>},
    {"output positions mod 4 != 0", leaves_tail<positions, 4>},
    {"output positions mod 8 != 0", leaves_tail<positions, 8>},
    {"output positions mod 16 != 0", leaves_tail<positions, 16>},
    {"output positions mod 8 = 0", fills_tiles<positions, 8>},
    {"no flip", [](const Trial& t) { return !t.spec.flip; }},
    {"shared filters", [](const Trial& t) { return !t.spec.unshared; }},
    {"alpha != 1", [](const Trial& t) { return t.recipe.alpha != 1; }},
    {"beta != 0", [](const Trial& t) { return t.recipe.beta != 0; }},
    {"beta = 0", [](const Trial& t) { return t.recipe.beta == 0; }},
    {"dense nchw", [](const Trial& t) { return t.recipe.layout == Layout::nchw && has_dense_steps(t); }},
    {"dense tensors", has_dense_steps},
    {"filters are a slice", [](const Trial& t) { return slices_filters(t.recipe.steps); }},
    {"filters not dense kcrs or krsc", [](const Trial& t) { return !has_plain_filters(t); }},
    {"image step larger than dense", [](const Trial& t) { return spreads_images(t.recipe.layout, t.recipe.steps); }},
    {"input not image after image", [](const Trial& t) { return !puts_images_in_a_row(t.recipe.layout.input, t.recipe.steps.input); }},
    {"output not image after image", [](const Trial& t) { return !puts_images_in_a_row(t.recipe.layout.output, t.recipe.steps.output); }},
    {"one order of axes", [](const Trial& t) { return is_uniform(t.recipe.layout); }},
    {"mixed orders of axes", [](const Trial& t) { return !is_uniform(t.recipe.layout); }},
    {"input channels last", [](const Trial& t) { return t.recipe.layout.input[4] == 1; }},
    {"filter channels last", [](const Trial& t) { return t.recipe.layout.filters[7] == 4; }},
    {"output channels last", [](const Trial& t) { return t.recipe.layout.output[4] == 1; }},
    {"rows or planes aligned", [](const Trial& t) { return aligns_steps(t.recipe.steps); }},
    {"repeated operand", [](const Trial& t) { return has_repeats(t.recipe.steps); }},
    {"reversed axis", [](const Trial& t) { return has_reversed(t.recipe.steps); }},
    {"guarded", [](const Trial& t) { return t.recipe.guard != Guard::none; }},
    {"aligned", [](const Trial& t) { return t.recipe.align == 0; }},
    {"threads = 1", [](const Trial& t) { return t.recipe.threads == 1; }},
    {"fill not exact", [](const Trial& t) { return t.recipe.fill != "exact"; }},
    {"pass not forward", [](const Trial& t) { return t.pass != Pass::forward; }},
    {"16-bit storage", [](const Trial& t) { return bytes_of(t.precision) == 2; }},
};
// clang-format on

/// A feature's name with its group's where it needs that.
std::string literal_name(const Feature& feature) {
  if (feature.group == "data" || feature.group == "refusal") return std::string(feature.name);
  if (feature.group == "groups" && feature.name == "some") return "groups > 1, not depthwise";
  return fmt::format("{} {}", feature.group, feature.name);
}

std::vector<ConditionLiteral> make_table() {
  std::vector<ConditionLiteral> table;
  for (const Feature& feature : features()) table.push_back({literal_name(feature), feature.has});
  for (const auto& [name, has] : finer) table.push_back({std::string(name), has});
  return table;
}

}  // namespace

std::span<const ConditionLiteral> condition_literals() {
  static const std::vector<ConditionLiteral> table = make_table();
  return table;
}

LiteralBits literal_bits(const Trial& trial) {
  LiteralBits bits;
  const std::vector<std::size_t> coarse = features_of(trial);
  for (const std::size_t feature : coarse) bits.set(feature);
  const std::size_t must_refuse = features().size() - 1;
  if (bits.test(must_refuse)) return bits;
  for (std::size_t i = 0; i < std::size(finer); ++i)
    if (finer[i].second(trial)) bits.set(features().size() + i);
  return bits;
}

}  // namespace convict::reports
