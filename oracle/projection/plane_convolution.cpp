// SPDX-License-Identifier: Apache-2.0
#include "oracle/projection/plane_convolution.hpp"

#include <algorithm>

namespace convict::oracle {
namespace {

/// Output words that are computed at a time: they and the inputs they read fit in L1, also with a
/// stride of 2, where the inputs are four times as many.
constexpr index_t tile_words = 1024;

/// Outputs [begin, end) of an axis.
struct Range {
  index_t begin;
  index_t end;
};

/// The outputs of an axis for which tap `tap` reads the input, not padding.
Range outputs_reading(const Geometry& g, int axis, index_t tap) {
  const auto a = static_cast<std::size_t>(axis);
  const index_t offset = g.tap_offset(axis, tap);
  return {std::max<index_t>(0, ceil_div(-offset, g.stride[a])),
          std::min(g.output[a], floor_div(g.input[a] - 1 - offset, g.stride[a]) + 1)};
}

/// Whether rows are padded so that every tap of every output reads from its row: not if that makes
/// them much longer.
bool worth_padding(const Geometry& g, index_t pitch) {
  return !g.unshared && pitch <= 2 * g.output[2] + 8;
}

index_t padded_pitch(const Geometry& g) {
  return g.output[2] + (g.filter[2] - 1) * g.dilation[2] / g.stride[2];
}

std::vector<char> reached(const Geometry& g, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  std::vector<char> positions(static_cast<std::size_t>(g.input[a]));
  for (index_t u = 0; u < g.filter[a]; ++u) {
    const Range range = outputs_reading(g, axis, u);
    for (index_t o = range.begin; o < range.end; ++o)
      positions[static_cast<std::size_t>(g.input_position(axis, o, u))] = 1;
  }
  return positions;
}

}  // namespace

/// A run of outputs that multiply a run of inputs with one tap; all indices are flat.
struct PlaneConvolution::Run {
  index_t tap;
  index_t position;  ///< of the first output
  index_t output;
  index_t input;
  index_t count;
};

PlaneConvolution::PlaneConvolution(const Geometry& g, const RingLoops& loops)
    : g_(g),
      loops_(loops),
      stride_(g.stride),
      padded_(worth_padding(g, padded_pitch(g))),
      lead_(padded_ ? g.pad_before[2] : 0),
      pitch_(padded_ ? padded_pitch(g) : ceil_div(g.input[2], g.stride[2])),
      output_pitch_(padded_ ? pitch_ : g.output[2]),
      rows_(ceil_div(g.input[1], g.stride[1])),
      slots_(rows_ * g.stride[1]),
      tile_(std::max<index_t>(1, tile_words / std::max<index_t>(output_pitch_, 1))) {}

index_t PlaneConvolution::laid_row(index_t i0, index_t i1, index_t phase) const {
  const index_t slot = i1 % stride_[1] * rows_ + i1 / stride_[1];
  return ((i0 * stride_[2] + phase) * slots_ + slot) * pitch_;
}

/// Calls move(offset in the layout, offset in the plane, count, stride in the plane) for every run.
template <class Move>
void PlaneConvolution::for_each_input_row(Move move) const {
  const index_t s = stride_[2];
  for (index_t i0 = 0; i0 < g_.input[0]; ++i0)
    for (index_t i1 = 0; i1 < g_.input[1]; ++i1)
      for (index_t phase = 0; phase < s; ++phase) {
        const index_t first = (phase - lead_ % s + s) % s;  // column of the plane
        const index_t at = (first + lead_) / s;
        const index_t count = std::min(ceil_div(g_.input[2] - first, s), pitch_ - at);
        if (count > 0)
          move(laid_row(i0, i1, phase) + at, (i0 * g_.input[1] + i1) * g_.input[2] + first, count,
               s);
      }
}

Word* PlaneConvolution::lay_input(Word* plane, Word* space) const {
  if (stride_[1] == 1 && stride_[2] == 1 && lead_ == 0 && pitch_ == g_.input[2]) return plane;
  for_each_input_row([&](index_t laid, index_t from, index_t count, index_t distance) {
    for (index_t i = 0; i < count; ++i) space[laid + i] = plane[from + i * distance];
  });
  return space;
}

Word* PlaneConvolution::lay_output(Word* plane, Word* space) const {
  if (output_pitch_ == g_.output[2]) return plane;
  for (index_t row = 0; row < g_.output[0] * g_.output[1]; ++row)
    std::copy_n(plane + row * g_.output[2], g_.output[2], space + row * output_pitch_);
  return space;
}

std::vector<Word> PlaneConvolution::input_plane(const Word* laid) const {
  std::vector<Word> plane(static_cast<std::size_t>(g_.input[0] * g_.input[1] * g_.input[2]));
  for_each_input_row([&](index_t at, index_t to, index_t count, index_t distance) {
    for (index_t i = 0; i < count; ++i)
      plane[static_cast<std::size_t>(to + i * distance)] = laid[at + i];
  });
  return plane;
}

std::vector<Word> PlaneConvolution::output_plane(const Word* laid) const {
  std::vector<Word> plane;
  plane.reserve(static_cast<std::size_t>(g_.output[0] * g_.output[1] * g_.output[2]));
  for (index_t row = 0; row < g_.output[0] * g_.output[1]; ++row)
    plane.insert(plane.end(), laid + row * output_pitch_,
                 laid + row * output_pitch_ + g_.output[2]);
  return plane;
}

template <class Visit>
void PlaneConvolution::for_each_run(const Axes& tap, index_t first_row, Visit visit) const {
  const Range all_rows = outputs_reading(g_, 1, tap[1]);
  const Range rows{std::max(all_rows.begin, first_row), std::min(all_rows.end, first_row + tile_)};
  const Range columns = padded_ ? Range{0, g_.output[2]} : outputs_reading(g_, 2, tap[2]);
  if (rows.begin >= rows.end || columns.begin >= columns.end) return;
  const index_t flat_tap = (tap[0] * g_.filter[1] + tap[1]) * g_.filter[2] + tap[2];
  const index_t column = g_.input_position(2, columns.begin, tap[2]) + lead_;
  const index_t length = columns.end - columns.begin;
  for (index_t o0 = 0; o0 < g_.output[0]; ++o0) {
    const index_t i0 = g_.input_position(0, o0, tap[0]);
    if (!g_.inside_input(0, i0)) continue;
    for (index_t o1 = rows.begin; o1 < rows.end; ++o1) {
      const index_t i1 = g_.input_position(1, o1, tap[1]);
      const index_t row = o0 * g_.output[1] + o1;
      visit(Run{.tap = flat_tap,
                .position = row * g_.output[2] + columns.begin,
                .output = row * output_pitch_ + columns.begin,
                .input = laid_row(i0, i1, column % stride_[2]) + column / stride_[2],
                .count = padded_ ? (rows.end - rows.begin - 1) * pitch_ + length : length});
      if (padded_) break;  // one run covers all rows of the tile
    }
  }
}

void PlaneConvolution::add_run(Pass pass, const Planes& planes, const Run& run) const {
  const Lane<Word> x{planes.input + run.input, 1};
  const Lane<Word> w{planes.filter + run.tap + run.position * planes.bank_stride,
                     planes.bank_stride};
  const Lane<Word> y{planes.output + run.output, 1};
  const auto read = [](const Lane<Word>& lane) { return Lane<const Word>{lane.data, lane.stride}; };
  switch (pass) {
    case Pass::forward: return loops_.add_products(y, read(w), read(x), run.count);
    case Pass::grad_input: return loops_.add_products(x, read(w), read(y), run.count);
    case Pass::grad_weights: return loops_.add_products(w, read(y), read(x), run.count);
  }
}

void PlaneConvolution::add(Pass pass, const Planes& planes) const {
  for (index_t row = 0; row < g_.output[1]; row += tile_)
    for (index_t u0 = 0; u0 < g_.filter[0]; ++u0)
      for (index_t u1 = 0; u1 < g_.filter[1]; ++u1)
        for (index_t u2 = 0; u2 < g_.filter[2]; ++u2)
          for_each_run({u0, u1, u2}, row, [&](const Run& run) { add_run(pass, planes, run); });
}

Geometry flattened(const Geometry& g) {
  constexpr Axes ones{1, 1, 1};
  if (g.filter != ones || g.stride != ones || g.pad_before != Axes{} || g.input != g.output)
    return g;
  Geometry row = g;
  row.input = row.output = {1, 1, g.input[0] * g.input[1] * g.input[2]};
  return row;
}

std::vector<Columns> reached_parts(const Geometry& g) {
  constexpr index_t least_gap = 32;  // elements; smaller gaps are read, too
  if (g.stride[0] == 1 && g.stride[1] == 1) return {};
  const std::vector<char> planes = reached(g, 0);
  const std::vector<char> rows = reached(g, 1);
  const index_t length = g.input[2];
  std::vector<Columns> parts;
  for (std::size_t i0 = 0; i0 < planes.size(); ++i0)
    for (std::size_t i1 = 0; i1 < rows.size(); ++i1) {
      if (planes[i0] == 0 || rows[i1] == 0) continue;
      const index_t begin = static_cast<index_t>(i0 * rows.size() + i1) * length;
      const bool near =
          !parts.empty() && begin - (parts.back().begin + parts.back().count) < least_gap;
      if (near)
        parts.back().count = begin + length - parts.back().begin;
      else
        parts.push_back({begin, length});
    }
  return parts;
}

}  // namespace convict::oracle
