// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>

#include "core/index.hpp"
#include "core/pass.hpp"

namespace convict {

/// Zeros added before and after an axis.
struct SidePadding {
  index_t before = 0;
  index_t after = 0;
  bool operator==(const SidePadding&) const = default;
};

/// `none`: the explicit padding of the spec applies. The symbolic modes are resolved from the
/// dilated extent of the filter.
enum class BorderMode { none, valid, half, full };

/// One convolution geometry: independent quantities only, everything else is a function below.
/// Shapes (rank spatial axes, all C-contiguous unless a layout says otherwise):
///   input   (N, C, i...)
///   filters (K, C/G, f...), or unshared (K, o..., C/G, f...)
///   output  (N, K, o...)
/// Unshared filters exist for every rank here (Theano and Aesara know them for rank 2 only).
struct ConvSpec {
  int rank = 2;
  index_t batch = 1;
  index_t in_channels = 1;
  index_t out_channels = 1;
  index_t groups = 1;
  Axes input{1, 1, 1};
  Axes filter{1, 1, 1};
  Axes stride{1, 1, 1};
  Axes dilation{1, 1, 1};
  BorderMode border = BorderMode::none;
  std::array<SidePadding, max_rank> padding{};  ///< all zero unless border is none
  bool flip = false;      ///< true convolution (taps reversed) instead of cross-correlation
  bool unshared = false;  ///< one filter bank per output position

  bool operator==(const ConvSpec&) const = default;
};

/// What is wrong with `spec`, naming the value and what would be right; nothing when it describes a
/// convolution and all derived sizes (bytes of tensors with elements of up to 8 bytes,
/// multiply-adds) fit in 64 bits. Zero is legal for the batch, for channels, and for an input
/// extent whose padding is large enough for the filter.
std::optional<std::string> why_invalid(const ConvSpec& spec);

/// Throws SpecError with the text of why_invalid.
void validate(const ConvSpec& spec);

// Derived quantities. All assume a valid spec, except that the per-axis ones only need the axis to
// be in range.

/// K = (k - 1) d + 1
constexpr index_t dilated_extent(index_t filter, index_t dilation) {
  return (filter - 1) * dilation + 1;
}
/// valid: 0; half: K div 2 on both sides; full: K - 1 on both sides (K the dilated extent); none:
/// `sides`.
constexpr SidePadding resolve_border(BorderMode mode, SidePadding sides, index_t dilated) {
  switch (mode) {
    case BorderMode::none: return sides;
    case BorderMode::valid: return {0, 0};
    case BorderMode::half: return {dilated / 2, dilated / 2};
    case BorderMode::full: return {dilated - 1, dilated - 1};
  }
  return sides;
}
/// o = floor((n + l + r - K) / s) + 1, not clamped.
constexpr index_t output_extent(index_t input, index_t dilated, SidePadding pad, index_t stride) {
  return floor_div(input + pad.before + pad.after - dilated, stride) + 1;
}
/// The smallest input that gives `output`: (o - 1) s + K - l - r; `remainder` in [0, s) unused last
/// rows are added.
constexpr index_t input_extent(index_t output, index_t dilated, SidePadding pad, index_t stride,
                               index_t remainder = 0) {
  return (output - 1) * stride + dilated - pad.before - pad.after + remainder;
}
/// The filter extent k whose dilated extent is n + l + r - (o - 1) s; nothing when no dilation step
/// lands there.
constexpr std::optional<index_t> filter_extent(index_t input, index_t output, SidePadding pad,
                                               index_t stride, index_t dilation) {
  const index_t dilated = input + pad.before + pad.after - (output - 1) * stride;
  if (dilated < 1 || (dilated - 1) % dilation != 0) return std::nullopt;
  return (dilated - 1) / dilation + 1;
}

index_t dilated_extent(const ConvSpec& spec, int axis);
SidePadding padding_of(const ConvSpec& spec, int axis);
index_t output_extent(const ConvSpec& spec, int axis);
Axes output_extents(const ConvSpec& spec);

/// Number of elements of each tensor.
index_t input_elements(const ConvSpec& spec);
index_t filter_elements(const ConvSpec& spec);
index_t output_elements(const ConvSpec& spec);
/// Of the tensor that the pass writes.
index_t result_elements(const ConvSpec& spec, Pass pass);
/// 2 N K prod(o) C/G prod(k), the same for all three passes; taps that meet padding count.
index_t flops(const ConvSpec& spec);

/// The same problem with rank 3: leading axes of extent 1 are put in front, so memory order is
/// unchanged.
ConvSpec lifted(const ConvSpec& spec);
/// The same problem with its symbolic border mode written out as explicit padding.
ConvSpec with_explicit_padding(const ConvSpec& spec);

}  // namespace convict
