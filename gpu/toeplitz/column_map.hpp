// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/geometry.hpp"
#include "gpu/toeplitz/divisor.hpp"

namespace convict::gpu {

/// The product of the extents of three axes.
constexpr index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }

/// A part of an image: positions [begin, begin + extents) on every axis.
struct Box {
  Axes begin{}, extents{};
};

/// Which elements of which images make a matrix of columns, and where its elements lie. Row (c, u)
/// = c * taps + u and column (n, p) of the matrix hold
///   x~[n, c, o(p) stride - pad + phi(u) dilation],   0 outside the image,
/// with o(p) the output position `first_position` + p counted row by row.
struct Columns {
  Geometry geometry{};
  index_t images = 0, channels = 0;                               ///< of x
  index_t x_image_stride = 0, x_channel_stride = 0;               ///< in elements, a plane is dense
  index_t first_position = 0, positions = 0;                      ///< columns of one image
  index_t row_stride = 0, image_stride = 0, position_stride = 1;  ///< in elements of the matrix
  Box box{};  ///< of every plane; what `gather` is to compute
};

/// Columns with the divisors that the threads of a kernel need. It is made on the host and passed
/// to kernels by value.
struct ColumnMap {
  Columns columns{};
  index_t taps = 1;
  Divisor by_positions{}, by_output_1{}, by_output_2{};
  Divisor by_channels{}, by_box_0{}, by_box_1{}, by_box_2{};
  Divisor by_stride[3]{};

  /// Threads that fill the matrix: one for every channel and column.
  constexpr index_t fill_threads() const {
    return columns.images * columns.channels * columns.positions;
  }
  /// Threads that gather from it: one for every channel and element of the box.
  constexpr index_t gather_threads() const {
    return columns.images * columns.channels * volume(columns.box.extents);
  }

  /// What a thread works on: an output position (column `position`), or a position of the image.
  struct Site {
    index_t image, channel, position;
    index_t at[3];
  };
  constexpr Site fill_site(index_t thread) const {
    const auto [plane, position] = by_positions(thread);
    const auto [image, channel] = by_channels(plane);
    const index_t raster = columns.first_position + position;
    if (columns.geometry.output[0] * columns.geometry.output[1] == 1)
      return {image, channel, position, {0, 0, raster}};
    const auto [line, o2] = by_output_2(raster);
    const auto [o0, o1] = by_output_1(line);
    return {image, channel, position, {o0, o1, o2}};
  }
  constexpr Site gather_site(index_t thread) const {
    const auto [line, i2] = by_box_2(thread);
    const auto [sheet, i1] = by_box_1(line);
    const auto [plane, i0] = by_box_0(sheet);
    const auto [image, channel] = by_channels(plane);
    const Axes& begin = columns.box.begin;
    return {image, channel, 0, {begin[0] + i0, begin[1] + i1, begin[2] + i2}};
  }
  /// Geometry::output_position without dividing.
  constexpr index_t output_position(int axis, index_t in, index_t tap) const {
    const index_t scaled = in - columns.geometry.tap_offset(axis, tap);
    const auto a = static_cast<std::size_t>(axis);
    if (scaled < 0) return -1;
    if (columns.geometry.stride[a] == 1) return scaled < columns.geometry.output[a] ? scaled : -1;
    const auto [out, rest] = by_stride[a](scaled);
    return rest == 0 && out < columns.geometry.output[a] ? out : -1;
  }
  constexpr index_t plane(const Site& site) const {
    return site.image * columns.x_image_stride + site.channel * columns.x_channel_stride;
  }
  constexpr index_t position_in_plane(index_t i0, index_t i1, index_t i2) const {
    const Axes& extents = columns.geometry.input;
    return (i0 * extents[1] + i1) * extents[2] + i2;
  }
};

constexpr ColumnMap map_of(const Columns& columns) {
  const Geometry& g = columns.geometry;
  const Axes& box = columns.box.extents;
  return {.columns = columns,
          .taps = volume(g.filter),
          .by_positions = Divisor(columns.positions),
          .by_output_1 = Divisor(g.output[1]),
          .by_output_2 = Divisor(g.output[2]),
          .by_channels = Divisor(columns.channels),
          .by_box_0 = Divisor(box[0]),
          .by_box_1 = Divisor(box[1]),
          .by_box_2 = Divisor(box[2]),
          .by_stride = {Divisor(g.stride[0]), Divisor(g.stride[1]), Divisor(g.stride[2])}};
}

}  // namespace convict::gpu
