// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fuzz/features/draft.hpp"

/// The functions of the table of features (features.cpp): those that give a draft a feature, then
/// those that tell whether a trial has it.
namespace convict::fuzz::parts {

void rectangular_filter(Draft& draft);
void even_filter(Draft& draft);
void unit_filter(Draft& draft);
void large_filter(Draft& draft);
void dilate(Draft& draft);
void uneven_dilation(Draft& draft);
void strides(Draft& draft);
void uneven_stride(Draft& draft);
void stride_over_extent(Draft& draft);
void common_factor(Draft& draft);  ///< gcd(stride, dilation) > 1: some inputs are never touched
void pad(Draft& draft);
void asymmetric_pad(Draft& draft);
void one_sided_pad(Draft& draft);
void pad_by_axis(Draft& draft);
void pad_beyond_extent(Draft& draft);
void symbolic_border(Draft& draft);

void groups(Draft& draft);
void depthwise(Draft& draft);
void multiplier(Draft& draft);
void channel_tail(Draft& draft);
void extent_tail(Draft& draft);
void deep_channels(Draft& draft);
void many_positions(Draft& draft);
void batch(Draft& draft);
void large_batch(Draft& draft);
void unequal_extents(Draft& draft);
void unit_extent(Draft& draft);
void one_by_n(Draft& draft);
void unused_rows(Draft& draft);
void filter_over_input(Draft& draft);
void long_axis(Draft& draft);
void huge_parameter(Draft& draft);
void huge_dilation(
    Draft& draft);  ///< beyond 8, 16, 24 and 32 bits; the first or the last tap reads input

void sixteen_bits(Draft& draft);
void double_precision(Draft& draft);
void alpha(Draft& draft);
void beta(Draft& draft);
void threads(Draft& draft);
void disturbed_threads(Draft& draft);
void real_data(Draft& draft);
void mantissa(Draft& draft);
void guarded(Draft& draft);

void unusual_order(Draft& draft);
void slice_filters(Draft& draft);
void spread_images(Draft& draft);
void align_steps(Draft& draft);
void repeat_operand(Draft& draft);
void reverse_axis(Draft& draft);

template <class Predicate>
bool any_axis(const ConvSpec& spec, Predicate predicate) {
  for (int axis = 0; axis < spec.rank; ++axis)
    if (predicate(static_cast<std::size_t>(axis))) return true;
  return false;
}
/// The values are not the same on all axes of the spec.
bool uneven(const ConvSpec& spec, const Axes& values);
bool all_one(const ConvSpec& spec, const Axes& values);
/// One off a multiple of 8.
constexpr bool beside_tile(index_t size) { return size >= 7 && (size % 8 == 7 || size % 8 == 1); }
index_t total_pad(const ConvSpec& spec, std::size_t axis);
index_t outputs(const ConvSpec& spec);  ///< positions

bool strides_over_extent(const Trial& trial);
bool has_common_factor(const Trial& trial);
bool pads_differ_by_axis(const Trial& trial);
bool pads_beyond_extent(const Trial& trial);
bool leaves_rows(const Trial& trial);
bool exceeds_input(const Trial& trial);
bool has_huge_parameter(const Trial& trial);
bool has_huge_dilation(const Trial& trial);
bool is_plain_3x3(const Trial& trial);
bool is_tiny(const Trial& trial);

}  // namespace convict::fuzz::parts
