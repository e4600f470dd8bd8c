// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/toeplitz/column_map.hpp"
#include "gpu/toeplitz/narrow.hpp"

// The work of one thread of the two kernels. g++ compiles it too, and the tests run it in loops.

namespace convict::gpu {

/// result = alpha * sum + beta * old result; beta = 0 means the old result is not read.
template <class Accumulator>
struct Scaling {
  Accumulator alpha = 1, beta = 0;
};

/// Writes the elements of one column that come from one channel, tap by tap: consecutive threads
/// write consecutive elements of a row, and the position is computed once for all taps.
template <class T>
constexpr void fill_column(const ColumnMap& map, index_t thread, const T* x, T* columns) {
  const Columns& m = map.columns;
  const Geometry& g = m.geometry;
  const ColumnMap::Site site = map.fill_site(thread);
  const T* const plane = x + map.plane(site);
  T* to = columns + site.image * m.image_stride + site.channel * map.taps * m.row_stride +
          site.position * m.position_stride;
  for (index_t u0 = 0; u0 < g.filter[0]; ++u0) {
    const index_t i0 = g.input_position(0, site.at[0], u0);
    for (index_t u1 = 0; u1 < g.filter[1]; ++u1) {
      const index_t i1 = g.input_position(1, site.at[1], u1);
      const bool inside = g.inside_input(0, i0) && g.inside_input(1, i1);
      const index_t line = inside ? map.position_in_plane(i0, i1, 0) : 0;
      for (index_t u2 = 0; u2 < g.filter[2]; ++u2, to += m.row_stride) {
        const index_t i2 = g.input_position(2, site.at[2], u2);
        *to = inside && g.inside_input(2, i2) ? plane[line + i2] : T{};
      }
    }
  }
}

/// The sum of the elements of the matrix that come from one element of x, in the order of taps.
template <class Accumulator>
constexpr Accumulator sum_of_taps(const ColumnMap& map, const ColumnMap::Site& site,
                                  const Accumulator* columns) {
  const Columns& m = map.columns;
  const Geometry& g = m.geometry;
  Accumulator sum = 0;
  for (index_t u0 = 0; u0 < g.filter[0]; ++u0) {
    const index_t o0 = map.output_position(0, site.at[0], u0);
    if (o0 < 0) continue;
    for (index_t u1 = 0; u1 < g.filter[1]; ++u1) {
      const index_t o1 = map.output_position(1, site.at[1], u1);
      if (o1 < 0) continue;
      const index_t row = site.channel * map.taps + (u0 * g.filter[1] + u1) * g.filter[2];
      const index_t line = (o0 * g.output[1] + o1) * g.output[2] - m.first_position;
      for (index_t u2 = 0; u2 < g.filter[2]; ++u2) {
        const index_t o2 = map.output_position(2, site.at[2], u2);
        if (o2 < 0 || line + o2 < 0 || line + o2 >= m.positions) continue;
        sum += columns[(row + u2) * m.row_stride + (line + o2) * m.position_stride];
      }
    }
  }
  return sum;
}

/// The adjoint of filling, as a gather: one thread sums all matrix elements that im2col copies from
/// one element of x. So there are no data races, the order of the sum is fixed, and it is rounded
/// to the type of the result once.
template <class Accumulator, class Result>
constexpr void gather_element(const ColumnMap& map, index_t thread, const Accumulator* columns,
                              Scaling<Accumulator> scaling, Result* x) {
  const ColumnMap::Site site = map.gather_site(thread);
  const Accumulator* const from = columns + site.image * map.columns.image_stride;
  Result& to = x[map.plane(site) + map.position_in_plane(site.at[0], site.at[1], site.at[2])];
  Accumulator value = scaling.alpha * sum_of_taps(map, site, from);
  if (scaling.beta != 0) value += scaling.beta * widened(to);
  to = narrowed<Result>(value);
}

}  // namespace convict::gpu
