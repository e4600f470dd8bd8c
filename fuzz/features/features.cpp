// SPDX-License-Identifier: Apache-2.0
#include "fuzz/features/features.hpp"

#include <algorithm>
#include <iterator>

#include "datasets/fills.hpp"
#include "fuzz/features/feature_parts.hpp"

namespace convict::fuzz {
namespace {

using enum Feature::Kind;

// clang-format off
constexpr Feature feature_table[] = {
    {"1-D", 20, shape, [](Draft& d) { d.spec().rank = 1; }, [](const Trial& t) { return t.spec.rank == 1; }},
    {"3-D", 20, shape, [](Draft& d) { d.spec().rank = 3; }, [](const Trial& t) { return t.spec.rank == 3; }},
    {"rectangular filter", 30, shape, parts::rectangular_filter, [](const Trial& t) { return parts::uneven(t.spec, t.spec.filter); }},
    {"even filter", 25, shape, parts::even_filter, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return t.spec.filter[a] % 2 == 0; }); }},
    {"1x1 filter", 15, shape, parts::unit_filter, [](const Trial& t) { return parts::all_one(t.spec, t.spec.filter); }},
    {"large filter", 4, shape, parts::large_filter, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return t.spec.filter[a] > 7; }); }},
    {"dilation", 35, shape, parts::dilate, [](const Trial& t) { return !parts::all_one(t.spec, t.spec.dilation); }},
    {"uneven dilation", 20, shape, parts::uneven_dilation, [](const Trial& t) { return parts::uneven(t.spec, t.spec.dilation); }},
    {"stride", 50, shape, parts::strides, [](const Trial& t) { return !parts::all_one(t.spec, t.spec.stride); }},
    {"uneven stride", 30, shape, parts::uneven_stride, [](const Trial& t) { return parts::uneven(t.spec, t.spec.stride); }},
    {"stride > extent", 15, shape, parts::stride_over_extent, parts::strides_over_extent},
    {"stride and dilation share a factor", 8, shape, parts::common_factor, parts::has_common_factor},
    {"padding", 60, shape, parts::pad, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return parts::total_pad(t.spec, a) > 0; }); }},
    {"asymmetric padding", 25, shape, parts::asymmetric_pad, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return t.spec.padding[a].before != t.spec.padding[a].after; }); }},
    {"one-sided padding", 10, shape, parts::one_sided_pad, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return (t.spec.padding[a].before == 0) != (t.spec.padding[a].after == 0); }); }},
    {"padding differs by axis", 30, shape, parts::pad_by_axis, parts::pads_differ_by_axis},
    {"padding >= extent", 10, shape, parts::pad_beyond_extent, parts::pads_beyond_extent},
    {"symbolic border", 20, shape, parts::symbolic_border, [](const Trial& t) { return t.spec.border != BorderMode::none; }},
    {"depthwise", 15, shape, parts::depthwise, [](const Trial& t) { return t.spec.groups > 1 && t.spec.in_channels == t.spec.groups && t.spec.out_channels == t.spec.groups; }},
    {"channel multiplier", 8, shape, parts::multiplier, [](const Trial& t) { return t.spec.groups > 1 && t.spec.in_channels == t.spec.groups && t.spec.out_channels > t.spec.groups; }},
    {"groups", 25, shape, parts::groups, [](const Trial& t) { return t.spec.groups > 1 && t.spec.in_channels > t.spec.groups; }},
    {"channels beside a tile", 40, shape, parts::channel_tail, [](const Trial& t) { return parts::beside_tile(t.spec.in_channels) || parts::beside_tile(t.spec.out_channels); }},
    {"extent beside a tile", 40, shape, parts::extent_tail, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return parts::beside_tile(output_extent(t.spec, static_cast<int>(a))); }); }},
    {"deep channels", 4, shape, parts::deep_channels, [](const Trial& t) { return t.spec.in_channels >= 48 * std::max<index_t>(1, t.spec.batch * parts::outputs(t.spec)); }},
    {"long reduction over positions", 4, shape, parts::many_positions, [](const Trial& t) { return t.spec.batch * parts::outputs(t.spec) >= 48 * std::max<index_t>(1, t.spec.in_channels * t.spec.out_channels); }},
    {"batch", 30, shape, parts::batch, [](const Trial& t) { return t.spec.batch > 1; }},
    {"batch beside 32", 3, shape, parts::large_batch, [](const Trial& t) { return t.spec.batch > 30; }},
    {"unequal extents", 60, shape, parts::unequal_extents, [](const Trial& t) { return parts::uneven(t.spec, t.spec.input); }},
    {"an extent of 1", 12, shape, parts::unit_extent, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return t.spec.input[a] == 1 || output_extent(t.spec, static_cast<int>(a)) == 1; }); }},
    {"1-D as 1xN", 5, shape, parts::one_by_n, [](const Trial& t) { return t.spec.rank == 2 && t.spec.input[0] == 1 && t.spec.filter[0] == 1 && t.spec.input[1] > 1; }},
    {"unused last rows", 25, shape, parts::unused_rows, parts::leaves_rows},
    {"filter > input", 10, shape, parts::filter_over_input, parts::exceeds_input},
    {"an axis around 65536", 0.7, shape, parts::long_axis, [](const Trial& t) { return parts::any_axis(t.spec, [&](std::size_t a) { return t.spec.input[a] > 65000; }) || t.spec.batch > 65000 || t.spec.in_channels > 65000 || t.spec.out_channels > 65000; }},
    {"huge parameter", 1, shape, parts::huge_parameter, parts::has_huge_parameter},
    {"huge dilation", 3, shape, parts::huge_dilation, parts::has_huge_dilation},
    {"flip", 30, shape, [](Draft& d) { d.spec().flip = true; }, [](const Trial& t) { return t.spec.flip; }},
    {"unshared", 5, shape, [](Draft& d) { d.spec().unshared = true; }, [](const Trial& t) { return t.spec.unshared; }},
    {"16 bits", 30, data, parts::sixteen_bits, [](const Trial& t) { return bytes_of(t.precision) == 2; }},
    {"f64", 10, data, parts::double_precision, [](const Trial& t) { return t.precision == Precision::f64; }},
    {"alpha", 15, data, parts::alpha, [](const Trial& t) { return t.recipe.alpha != 1; }},
    {"beta", 25, data, parts::beta, [](const Trial& t) { return t.recipe.beta != 0; }},
    {"nhwc", 20, data, [](Draft& d) { d.trial.recipe.layout = Layout::nhwc; }, [](const Trial& t) { return t.recipe.layout == Layout::nhwc; }},
    {"pitch", 20, data, [](Draft& d) { d.trial.recipe.pitch = d.draw.between(1, 9); }, [](const Trial& t) { return t.recipe.pitch > 0; }},
    {"mixed or unusual order of axes", 5, data, parts::unusual_order, [](const Trial& t) { return has_unusual_order(t.recipe.layout); }},
    {"filters are a slice", 4, data, parts::slice_filters, [](const Trial& t) { return slices_filters(t.recipe.steps); }},
    {"image step larger than dense", 5, data, parts::spread_images, [](const Trial& t) { return spreads_images(t.recipe.layout, t.recipe.steps); }},
    {"aligned rows or planes", 3, data, parts::align_steps, [](const Trial& t) { return aligns_steps(t.recipe.steps); }},
    {"repeated operand", 2, data, parts::repeat_operand, [](const Trial& t) { return has_repeats(t.recipe.steps); }},
    {"reversed axis", 2, data, parts::reverse_axis, [](const Trial& t) { return has_reversed(t.recipe.steps); }},
    {"misaligned", 40, data, [](Draft& d) { d.trial.recipe.align = d.draw.between(1, 15); }, [](const Trial& t) { return t.recipe.align > 0; }},
    {"flush with forbidden memory", 15, data, parts::guarded, [](const Trial& t) { return t.recipe.guard != Guard::none; }},
    {"several threads", 50, data, parts::threads, [](const Trial& t) { return t.recipe.threads > 1; }},
    {"disturbed threads", 5, data, parts::disturbed_threads, [](const Trial& t) { return t.recipe.disturb != 0; }},
    {"real-valued data", 35, data, parts::real_data, [](const Trial& t) { return !datasets::fill_named(t.recipe.fill).exact; }},
    {"all bits used", 12, data, parts::mantissa, [](const Trial& t) { return t.recipe.fill.starts_with("mantissa"); }},
    {"NaN and infinity", 8, data, [](Draft& d) { d.trial.recipe.fill = d.draw.chance(50) ? "special" : "special_zeros"; }, [](const Trial& t) { return t.recipe.fill.starts_with("special"); }},
    {"subnormal data", 2, data, [](Draft& d) { d.trial.recipe.fill = d.draw.chance(50) ? "subnormal" : "subnormal_mirror"; }, [](const Trial& t) { return t.recipe.fill.starts_with("subnormal"); }},
    {"plain 3x3", 12, mode, nullptr, parts::is_plain_3x3},
    {"tiny", 10, mode, nullptr, parts::is_tiny},
    {"empty", 2, mode, nullptr, [](const Trial& t) { return input_elements(t.spec) == 0 || filter_elements(t.spec) == 0 || output_elements(t.spec) == 0; }},
    {"must be refused", 3, mode, nullptr, [](const Trial& t) { return why_invalid(t.spec).has_value(); }},
};
// clang-format on
constexpr std::size_t refused = std::size(feature_table) - 1;

}  // namespace

std::span<const Feature> features() { return feature_table; }

std::vector<std::size_t> features_of(const Trial& trial) {
  if (feature_table[refused].holds(trial)) return {refused};
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < refused; ++i)
    if (feature_table[i].holds(trial)) found.push_back(i);
  return found;
}

}  // namespace convict::fuzz
