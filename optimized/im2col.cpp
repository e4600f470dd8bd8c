// SPDX-License-Identifier: Apache-2.0
#include "optimized/im2col.hpp"

#include <algorithm>

#include "optimized/lines.hpp"

namespace convict::optimized {
namespace {

// With a stride that is a constant the compiler can use vector instructions.

template <class T>
void copy_line(const T* x, index_t stride, index_t count, T* columns) {
  if (stride == 1)
    std::copy_n(x, count, columns);
  else if (stride == 2)
    for (index_t i = 0; i < count; ++i) columns[i] = x[i * 2];
  else
    for (index_t i = 0; i < count; ++i) columns[i] = x[i * stride];
}

template <class T>
void add_line(const T* columns, index_t stride, index_t count, T* x) {
  if (stride == 1)
    for (index_t i = 0; i < count; ++i) x[i] += columns[i];
  else
    for (index_t i = 0; i < count; ++i) x[i * stride] += columns[i];
}

/// Calls visit(tap, plane, columns of row and image) for every row and image of the patch. Rows of
/// one tap are visited in succession, so that what depends on the tap alone is computed once.
template <class T, class Planes, class Visit>
void for_each_row(const Patch& patch, const Box& box, Planes x, T* columns, const Visit& visit) {
  const index_t taps = volume(patch.geometry.filter);
  const index_t count = patch.block.positions.size(), width = patch.block.width();
  for (index_t i = 0; i < std::min(taps, patch.rows.size()); ++i) {
    const Tap tap = tap_of(patch.geometry, box, (patch.rows.begin + i) % taps);
    for (index_t row = patch.rows.begin + i; row < patch.rows.end; row += taps) {
      T* to = columns + (row - patch.rows.begin) * width;
      for (index_t n = patch.block.images.begin; n < patch.block.images.end; ++n, to += count)
        visit(tap, x(n, patch.first_channel + row / taps), to);
    }
  }
}

}  // namespace

template <class T>
void im2col(const Patch& patch, Images<const T> x, T* columns) {
  const Geometry& g = patch.geometry;
  const Box whole{{0, 0, 0}, g.input};
  const bool joined = lines_join(g, whole);
  const Positions positions = positions_of(g, patch.block.positions);
  for_each_row(patch, whole, x, columns, [&](const Tap& tap, const T* plane, T* row) {
    const auto copy = [&](index_t column, Range line, Range inside, index_t start) {
      T* to = row + column - line.begin;
      std::fill(to + line.begin, to + inside.begin, T{0});
      if (inside.size() > 0)
        copy_line(plane + start, g.stride[2], inside.size(), to + inside.begin);
      std::fill(to + inside.end, to + line.end, T{0});
    };
    if (!joined) return for_each_line(g, tap, positions, copy);
    for_each_plane(g, tap, whole, positions, copy);
    clear_line_ends(g, tap, positions, row);
  });
}

template <class T>
void col2im(const Patch& patch, T* columns, const Box& box, Images<T> x) {
  const Geometry& g = patch.geometry;
  const bool joined = lines_join(g, box);
  const Positions positions = positions_of(g, patch.block.positions);
  for_each_row(patch, box, x, columns, [&](const Tap& tap, T* plane, T* row) {
    const auto add = [&](index_t column, Range line, Range inside, index_t start) {
      if (inside.size() > 0)
        add_line(row + column + (inside.begin - line.begin), g.stride[2], inside.size(),
                 plane + start);
    };
    if (!joined) return for_each_line(g, tap, positions, add);
    clear_line_ends(g, tap, positions, row);
    for_each_plane(g, tap, box, positions, add);
  });
}

template <class T>
void gather(Images<const T> planes, Range channels, const ColumnBlock& block, T* gathered) {
  for (index_t k = channels.begin; k < channels.end; ++k)
    for (index_t n = block.images.begin; n < block.images.end; ++n)
      gathered =
          std::copy_n(planes(n, k) + block.positions.begin, block.positions.size(), gathered);
}

template <class T>
void scatter(const T* gathered, Range channels, const ColumnBlock& block, Scaling<T> scaling,
             Images<T> planes) {
  const index_t count = block.positions.size();
  for (index_t k = channels.begin; k < channels.end; ++k)
    for (index_t n = block.images.begin; n < block.images.end; ++n, gathered += count) {
      T* to = planes(n, k) + block.positions.begin;
      for (index_t p = 0; p < count; ++p)
        to[p] = scaling.alpha * gathered[p] + (scaling.beta == 0 ? T{0} : scaling.beta * to[p]);
    }
}

template void im2col(const Patch&, Images<const float>, float*);
template void im2col(const Patch&, Images<const double>, double*);
template void col2im(const Patch&, float*, const Box&, Images<float>);
template void col2im(const Patch&, double*, const Box&, Images<double>);
template void gather(Images<const float>, Range, const ColumnBlock&, float*);
template void gather(Images<const double>, Range, const ColumnBlock&, double*);
template void scatter(const float*, Range, const ColumnBlock&, Scaling<float>, Images<float>);
template void scatter(const double*, Range, const ColumnBlock&, Scaling<double>, Images<double>);

}  // namespace convict::optimized
