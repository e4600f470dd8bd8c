// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/kernel.hpp"

namespace convict::mutants {

// The functions of the kernels in right.cpp.

/// Winograd F(m, 3) on every axis with 3 taps, direct on axes with 1 tap; f32 and f64.
template <int M>
void winograd_3(const Problem& problem, const Buffers& buffers);
std::optional<std::string> needs_filters_of_3(const Problem& problem);

// Winograd on some axes and direct sums on the others, whatever their filters, strides and
// dilations; f32 and f64.
inline constexpr Arithmetic along_columns = {
    .kind = Arithmetic::Class::winograd, .tile = 4, .taps = 3, .axes = 4};
inline constexpr Arithmetic along_rows = {
    .kind = Arithmetic::Class::winograd, .tile = 4, .taps = 3, .axes = 2};
inline constexpr Arithmetic axis_by_axis = {.kind = Arithmetic::Class::winograd,
                                            .tile = 2,
                                            .taps = 3,
                                            .fallback = Arithmetic::Fallback::that_axis};
void winograd_columns(const Problem& problem, const Buffers& buffers);
void winograd_rows(const Problem& problem, const Buffers& buffers);
void winograd_by_axis(const Problem& problem, const Buffers& buffers);
std::optional<std::string> needs_shared_filters(const Problem& problem);

/// Fast Fourier transform of whole planes; f32 and f64.
void fft(const Problem& problem, const Buffers& buffers);
/// Of lines along columns; rows and slices are summed directly, whatever their strides. Columns
/// with strides or dilation are summed directly, too.
inline constexpr Arithmetic fft_along_columns = {.kind = Arithmetic::Class::fft, .axes = 4};
void fft_columns(const Problem& problem, const Buffers& buffers);
std::optional<std::string> needs_plain(const Problem& problem);

// Direct sums, for any strides and any storage format of up to 32 bits.
void read_as_tf32(const Problem& problem, const Buffers& buffers);
void read_as_bf16(const Problem& problem, const Buffers& buffers);
void summed_in_f16(const Problem& problem, const Buffers& buffers);
void summed_in_blocks(const Problem& problem, const Buffers& buffers);
void summed_pairwise(const Problem& problem, const Buffers& buffers);
void summed_with_compensation(const Problem& problem, const Buffers& buffers);
void summed_truncating(const Problem& problem, const Buffers& buffers);
void summed_flushing(const Problem& problem, const Buffers& buffers);
void summed_in_any_order(const Problem& problem, const Buffers& buffers);
/// Reads operands and running sums below the smallest normal number as zero.
void summed_with_subnormals_as_zero(const Problem& problem, const Buffers& buffers);
/// In order, or with several threads pairwise.
void summed_by_threads(const Problem& problem, const Buffers& buffers);
/// The depthwise ones of summed_in_f16's problems.
std::optional<std::string> needs_depthwise(const Problem& problem);

/// Products per block of summed_in_blocks, which sums blocks and then the blocks' sums.
inline constexpr index_t block_length = 32;
/// Sums of more products than this are refused, so that the claimed depth holds.
inline constexpr index_t most_blocked = block_length * block_length;
inline constexpr index_t most_pairwise = index_t{1} << 20;

}  // namespace convict::mutants
