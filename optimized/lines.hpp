// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "optimized/im2col.hpp"

// Where the elements of one row of the im2col matrix lie in the input: pieces of contiguous
// positions.

namespace convict::optimized {

/// The part of `a` that lies in `b`; where they are disjoint, an empty range within `a`.
constexpr Range intersection(Range a, Range b) {
  const index_t begin = std::clamp(b.begin, a.begin, a.end);
  return {begin, std::clamp(b.end, begin, a.end)};
}
constexpr bool contains(Range range, index_t i) { return i >= range.begin && i < range.end; }

/// A tap of the filters: its offset on each axis, and the output positions of each axis from which
/// it lands in a box.
struct Tap {
  Axes offset{};
  std::array<Range, max_rank> reach{};
};

/// `index` is the raster index of the tap, u.
constexpr Tap tap_of(const Geometry& g, const Box& box, index_t index) {
  Tap tap;
  for (std::size_t a = max_rank; a-- > 0; index /= g.filter[a]) {
    const index_t offset = g.tap_offset(static_cast<int>(a), index % g.filter[a]);
    tap.offset[a] = offset;
    tap.reach[a] = intersection({0, g.output[a]}, {ceil_div(box.begin[a] - offset, g.stride[a]),
                                                   ceil_div(box.end[a] - offset, g.stride[a])});
  }
  return tap;
}

/// A range of output positions, and the index of the first one on each axis.
struct Positions {
  Range range;
  Axes first;
};

constexpr Positions positions_of(const Geometry& g, Range range) {
  const index_t line = range.begin / g.output[2];
  return {range, {line / g.output[1], line % g.output[1], range.begin % g.output[2]}};
}

/// Calls visit(column, line, inside, start) for each piece of an output line in `positions`:
/// `column` counts from the first position, `line` are its indices on the innermost axis, `inside`
/// those of them from which `tap` lands in its box, and `start` is the input element met by the
/// first of these.
template <class Visit>
void for_each_line(const Geometry& g, const Tap& tap, const Positions& positions,
                   const Visit& visit) {
  const index_t count = positions.range.size();
  auto [o0, o1, o2] = positions.first;
  for (index_t column = 0; column < count; o2 = 0) {
    const Range line{o2, o2 + std::min(g.output[2] - o2, count - column)};
    const Range inside = contains(tap.reach[0], o0) && contains(tap.reach[1], o1)
                             ? intersection(line, tap.reach[2])
                             : Range{line.begin, line.begin};
    const index_t i0 = o0 * g.stride[0] + tap.offset[0], i1 = o1 * g.stride[1] + tap.offset[1];
    visit(column, line, inside,
          (i0 * g.input[1] + i1) * g.input[2] + inside.begin * g.stride[2] + tap.offset[2]);
    column += line.size();
    if (++o1 == g.output[1]) o1 = 0, ++o0;
  }
}

/// True when consecutive lines of a plane are contiguous in the input as they are in the output, so
/// that a tap reads all of them as one piece: 3x3 filters with stride 1 and a border of 1 are the
/// common case. Positions near the ends of lines then read from a neighbouring line instead of the
/// padding; `clear_line_ends` sets them to zero.
constexpr bool lines_join(const Geometry& g, const Box& box) {
  return g.stride[1] == 1 && g.stride[2] == 1 && g.output[2] == g.input[2] && box.begin[2] == 0 &&
         box.end[2] == g.input[2];
}

/// for_each_line with all lines of a plane as one piece; needs lines_join. `box` must be the box of
/// `tap`. Only input elements in the rows of the box are visited: another thread may be writing to
/// those before its first and behind its last line.
template <class Visit>
void for_each_plane(const Geometry& g, const Tap& tap, const Box& box, const Positions& positions,
                    const Visit& visit) {
  const index_t width = g.output[2], plane = g.output[1] * width, count = positions.range.size();
  const index_t shift = tap.offset[1] * width + tap.offset[2];
  const Range lines{std::max(tap.reach[1].begin * width, box.begin[1] * width - shift),
                    std::min(tap.reach[1].end * width, box.end[1] * width - shift)};
  index_t o0 = positions.first[0], first = positions.first[1] * width + positions.first[2];
  for (index_t column = 0; column < count; first = 0, ++o0) {
    const Range piece{first, first + std::min(plane - first, count - column)};
    const Range inside =
        contains(tap.reach[0], o0) ? intersection(piece, lines) : Range{piece.begin, piece.begin};
    visit(column, piece, inside,
          (o0 * g.stride[0] + tap.offset[0]) * g.input[1] * width + inside.begin + shift);
    column += piece.size();
  }
}

/// Writes zeros to the columns whose index on the innermost axis is out of the tap's reach.
template <class T>
void clear_line_ends(const Geometry& g, const Tap& tap, const Positions& positions, T* columns) {
  const index_t width = g.output[2];
  const Range reach = tap.reach[2], all{0, positions.range.size()};
  if (reach.size() == width) return;
  const auto clear = [&](index_t begin, index_t end) {
    const Range piece = intersection(all, {begin, end});
    for (index_t column = piece.begin; column < piece.end; ++column) columns[column] = 0;
  };
  for (index_t line = -positions.first[2]; line < all.end; line += width) {
    clear(line, line + reach.begin);
    clear(line + reach.end, line + width);
  }
}

}  // namespace convict::optimized
