// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"

namespace convict {

Geometry geometry_of(const ConvSpec& spec) {
  const ConvSpec cube = lifted(spec);
  Geometry g{.batch = cube.batch,
             .in_channels = cube.in_channels,
             .out_channels = cube.out_channels,
             .groups = cube.groups,
             .group_in_channels = cube.in_channels / cube.groups,
             .group_out_channels = cube.out_channels / cube.groups,
             .input = cube.input,
             .filter = cube.filter,
             .output = output_extents(cube),
             .stride = cube.stride,
             .dilation = cube.dilation,
             .pad_before = {},
             .flip = cube.flip,
             .unshared = cube.unshared};
  for (int axis = 0; axis < max_rank; ++axis)
    g.pad_before[static_cast<std::size_t>(axis)] = padding_of(cube, axis).before;
  return g;
}

}  // namespace convict
