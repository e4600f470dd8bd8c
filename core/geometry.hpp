// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/spec.hpp"

namespace convict {

/// The index maps of one problem, lifted to three spatial axes. They use no checked std::
/// containers, so that the same source serves every kernel and compiles for a device.
///   input position met by output position o and tap u on axis a:  p = o s - l + phi(u) d,
///   phi(u) = u, or k - 1 - u when the filters are flipped.
struct Geometry {
  index_t batch, in_channels, out_channels, groups;
  index_t group_in_channels;   ///< C/G
  index_t group_out_channels;  ///< K/G
  Axes input, filter, output, stride, dilation, pad_before;
  bool flip, unshared;

  constexpr index_t tap_offset(int axis, index_t tap) const {
    const auto a = static_cast<std::size_t>(axis);
    return (flip ? filter[a] - 1 - tap : tap) * dilation[a] - pad_before[a];
  }
  constexpr index_t input_position(int axis, index_t out, index_t tap) const {
    return out * stride[static_cast<std::size_t>(axis)] + tap_offset(axis, tap);
  }
  /// The output position from which `tap` reaches input position `in`, or -1 when there is none.
  constexpr index_t output_position(int axis, index_t in, index_t tap) const {
    const auto a = static_cast<std::size_t>(axis);
    const index_t scaled = in - tap_offset(axis, tap);
    if (scaled < 0 || scaled % stride[a] != 0 || scaled / stride[a] >= output[a]) return -1;
    return scaled / stride[a];
  }
  constexpr bool inside_input(int axis, index_t position) const {
    return position >= 0 && position < input[static_cast<std::size_t>(axis)];
  }
};

/// Resolves border modes and lifts to rank 3. `spec` must be valid.
Geometry geometry_of(const ConvSpec& spec);

}  // namespace convict
