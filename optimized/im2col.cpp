#include "optimized/im2col.hpp"

#include <algorithm>

namespace convict::optimized {
namespace {

/// One row of the im2col matrix: a channel of the group and the tap's offset on each axis.
struct Tap {
  index_t channel;
  Axes offset;
};

Tap tap_of(const Geometry& g, index_t row) {
  const index_t u2 = row % g.filter[2], rest = row / g.filter[2];
  const index_t u1 = rest % g.filter[1], outer = rest / g.filter[1];
  const index_t u0 = outer % g.filter[0];
  return {outer / g.filter[0], {g.tap_offset(0, u0), g.tap_offset(1, u1), g.tap_offset(2, u2)}};
}

/// The output positions on the innermost axis from which `tap` lands in `box`.
Range reaching(const Geometry& g, const Tap& tap, const Box& box) {
  return {ceil_div(box.begin[2] - tap.offset[2], g.stride[2]),
          ceil_div(box.end[2] - tap.offset[2], g.stride[2])};
}

Range intersection(Range a, Range b) {
  const index_t begin = std::clamp(b.begin, a.begin, a.end);
  return {begin, std::clamp(b.end, begin, a.end)};
}

/// Calls visit(column, line, inside, start) for each piece of an output line in `positions`:
/// `column` counts from positions.begin, `line` are its positions on the innermost axis, `inside`
/// those of them from which `tap` lands in `box`, and `start` is the input element met by the first
/// of these.
template <class Visit>
void for_each_line(const Geometry& g, const Tap& tap, const Box& box, Range positions,
                   Visit visit) {
  const Range reach = reaching(g, tap, box);
  const auto within = [&](int axis, index_t at) {
    const auto a = static_cast<std::size_t>(axis);
    return at >= box.begin[a] && at < box.end[a];
  };
  index_t o2 = positions.begin % g.output[2];
  index_t o1 = positions.begin / g.output[2] % g.output[1];
  index_t o0 = positions.begin / g.output[2] / g.output[1];
  for (index_t p = positions.begin; p < positions.end; o2 = 0) {
    const index_t length = std::min(g.output[2] - o2, positions.end - p);
    const Range line{o2, o2 + length};
    const index_t i0 = o0 * g.stride[0] + tap.offset[0], i1 = o1 * g.stride[1] + tap.offset[1];
    const Range inside =
        within(0, i0) && within(1, i1) ? intersection(line, reach) : Range{line.begin, line.begin};
    visit(p - positions.begin, line, inside,
          (i0 * g.input[1] + i1) * g.input[2] + inside.begin * g.stride[2] + tap.offset[2]);
    p += length;
    if (++o1 == g.output[1]) o1 = 0, ++o0;
  }
}

template <class T>
void copy_line(const T* x, index_t stride, index_t count, T* columns) {
  if (stride == 1)
    std::copy_n(x, count, columns);
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

}  // namespace

template <class T>
void im2col(const Patch& patch, Images<const T> x, T* columns) {
  const Geometry& g = patch.geometry;
  const Box whole{{0, 0, 0}, g.input};
  for (index_t row = patch.rows.begin; row < patch.rows.end; ++row) {
    const Tap tap = tap_of(g, row);
    for (index_t n = patch.block.images.begin; n < patch.block.images.end; ++n) {
      const T* plane = x(n, patch.first_channel + tap.channel);
      for_each_line(g, tap, whole, patch.block.positions,
                    [&](index_t column, Range line, Range inside, index_t start) {
                      T* to = columns + column - line.begin;
                      std::fill(to + line.begin, to + inside.begin, T{0});
                      if (inside.size() > 0)
                        copy_line(plane + start, g.stride[2], inside.size(), to + inside.begin);
                      std::fill(to + inside.end, to + line.end, T{0});
                    });
      columns += patch.block.positions.size();
    }
  }
}

template <class T>
void col2im(const Patch& patch, const T* columns, const Box& box, Images<T> x) {
  const Geometry& g = patch.geometry;
  for (index_t row = patch.rows.begin; row < patch.rows.end; ++row) {
    const Tap tap = tap_of(g, row);
    for (index_t n = patch.block.images.begin; n < patch.block.images.end; ++n) {
      T* plane = x(n, patch.first_channel + tap.channel);
      for_each_line(g, tap, box, patch.block.positions,
                    [&](index_t column, Range line, Range inside, index_t start) {
                      if (inside.size() > 0)
                        add_line(columns + column + (inside.begin - line.begin), g.stride[2],
                                 inside.size(), plane + start);
                    });
      columns += patch.block.positions.size();
    }
  }
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
template void col2im(const Patch&, const float*, const Box&, Images<float>);
template void col2im(const Patch&, const double*, const Box&, Images<double>);
template void gather(Images<const float>, Range, const ColumnBlock&, float*);
template void gather(Images<const double>, Range, const ColumnBlock&, double*);
template void scatter(const float*, Range, const ColumnBlock&, Scaling<float>, Images<float>);
template void scatter(const double*, Range, const ColumnBlock&, Scaling<double>, Images<double>);

}  // namespace convict::optimized
