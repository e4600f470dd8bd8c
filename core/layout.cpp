// SPDX-License-Identifier: Apache-2.0
#include "core/layout.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"
#include "core/geometry.hpp"
#include "core/precision.hpp"

namespace convict {
namespace {

/// Strides for axes listed from slowest to fastest. `pitch` unused elements follow every run of the
/// fastest axis.
template <std::size_t Rank>
void set_strides(Shape<Rank>& shape, const std::array<std::size_t, Rank>& slowest_to_fastest,
                 index_t pitch) {
  index_t stride = 1;
  bool fits = true;
  for (std::size_t i = Rank; i-- > 0;) {
    const std::size_t axis = slowest_to_fastest[i];
    shape.strides[axis] = stride;
    fits = fits && multiply(stride, shape.extents[axis], stride);
    if (i == Rank - 1) fits = fits && add(stride, pitch, stride);
  }
  if (!fits || !multiply(stride, widest_element_bytes, stride))
    throw SpecError(fmt::format("with pitch {}, a tensor does not fit in 64 bits", pitch));
}

InputShape image_shape(index_t batch, index_t channels, const Axes& extents, Layout layout,
                       index_t pitch) {
  InputShape shape{{batch, channels, extents[0], extents[1], extents[2]}, {}};
  if (layout == Layout::nchw)
    set_strides(shape, {0, 1, 2, 3, 4}, pitch);
  else
    set_strides(shape, {0, 2, 3, 4, 1}, pitch);
  return shape;
}

}  // namespace

TensorShapes shapes_of(const ConvSpec& spec, Layout layout, index_t pitch) {
  const Geometry g = geometry_of(spec);
  const Axes bank = g.unshared ? g.output : Axes{1, 1, 1};
  FilterShape filters{{g.out_channels, bank[0], bank[1], bank[2], g.group_in_channels, g.filter[0],
                       g.filter[1], g.filter[2]},
                      {}};
  if (layout == Layout::nchw)
    set_strides(filters, {0, 1, 2, 3, 4, 5, 6, 7}, 0);
  else
    set_strides(filters, {0, 1, 2, 3, 5, 6, 7, 4}, 0);
  return {image_shape(g.batch, g.in_channels, g.input, layout, pitch), filters,
          image_shape(g.batch, g.out_channels, g.output, layout, pitch)};
}

FilterShape broadcast_over_positions(FilterShape filters, const Axes& output) {
  for (std::size_t a = 0; a < max_rank; ++a) {
    if (filters.extents[1 + a] == 1) filters.strides[1 + a] = 0;
    filters.extents[1 + a] = output[a];
  }
  return filters;
}

}  // namespace convict
