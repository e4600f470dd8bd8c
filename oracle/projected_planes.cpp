#include "oracle/projected_planes.hpp"

#include <algorithm>
#include <array>

namespace convict::oracle {
namespace {

constexpr index_t block = 2048;       // sums and values of one block fit in L1
constexpr index_t short_length = 16;  // below, vectors run over several slices
constexpr index_t fold = 16;          // that many
constexpr index_t worth_threads = index_t{1} << 16;

bool possible(float value, const Reading& reading) { return is_possible(value, reading); }
bool possible(double value, const Reading& reading) { return is_possible(value, reading); }
bool possible(Word, const Reading&) { return true; }

/// Every weight `length` times.
std::vector<Word> spread_over(const std::vector<Word>& weights, index_t length) {
  std::vector<Word> spread;
  spread.reserve(weights.size() * static_cast<std::size_t>(length));
  for (const Word weight : weights)
    spread.insert(spread.end(), static_cast<std::size_t>(length), weight);
  return spread;
}

template <class T>
struct Contraction {
  const Slices& slices;
  const T* values;
  const Word* weights;
  const Reading& reading;
  Word* sums;
  std::vector<index_t>& impossible;

  index_t first_weight(index_t outer) const {
    return outer / slices.repeat % slices.groups * slices.slices;
  }
  /// Reads values [at, at + count); the impossible ones are rare, and found again by themselves.
  void read(Word* into, index_t at, index_t count, Word weight) const {
    if (add_weighted(into, values + at, count, weight, reading) == 0) return;
#pragma omp critical(convict_impossible)
    for (index_t i = at; i < at + count; ++i)
      if (!possible(values[i], reading)) impossible.push_back(i);
  }
  /// Positions [begin, end) of one outer index, slice after slice.
  void long_slices(index_t outer, index_t begin, index_t end) const {
    const Word* weight = weights + first_weight(outer);
    for (index_t j = 0; j < slices.slices; ++j)
      read(sums + outer * slices.length + begin,
           (outer * slices.slices + j) * slices.length + begin, end - begin, weight[j]);
  }
  /// All of one outer index: read, multiplied by a weight for every element, and folded at last.
  /// `spread` holds each of its weights `length` times.
  void short_slices(index_t outer, const Word* spread) const {
    const index_t length = slices.length;
    const index_t at_once = block / length / fold * fold;
    std::array<Word, block> words;  // only as many as are used are set
    std::array<Word, fold * short_length> folded{};
    for (index_t j = 0; j < slices.slices; j += at_once) {
      const index_t count = std::min(at_once, slices.slices - j) * length;
      std::fill_n(words.begin(), count, 0);
      read(words.data(), (outer * slices.slices + j) * length, count, 1);
      for (index_t i = 0; i < count; i += fold * length)
        add_products({folded.data(), 1}, {spread + j * length + i, 1}, {words.data() + i, 1},
                     std::min(fold * length, count - i));
    }
    for (index_t i = 0; i < fold * length; ++i)
      sums[outer * length + i % length] += folded[static_cast<std::size_t>(i)];
  }
};

/// Where column i of a row in phases lies.
index_t column_at(const Geometry& g, index_t i) {
  return i % g.stride[2] * phase_columns(g) + i / g.stride[2];
}

/// move(at in phases, at in order) for every word of `rows` rows.
template <class Move>
void for_each_column(const Geometry& g, index_t rows, Move move) {
  const index_t columns = phase_columns(g);
  const index_t width = columns * g.stride[2];
#pragma omp parallel for schedule(static) if (rows * width > worth_threads)
  for (index_t row = 0; row < rows; ++row)
    for (index_t phase = 0; phase < g.stride[2]; ++phase)
      for (index_t j = 0, i = phase; i < g.input[2]; ++j, i += g.stride[2])
        move(static_cast<std::size_t>(row * width + phase * columns + j),
             static_cast<std::size_t>(row * g.input[2] + i));
}

/// Outputs [begin, end) of the last axis whose tap `tap` meets the input.
struct Range {
  index_t begin;
  index_t end;
};
Range meeting(const Geometry& g, index_t tap) {
  const index_t offset = g.tap_offset(2, tap);
  return {std::max<index_t>(0, ceil_div(-offset, g.stride[2])),
          std::min(g.output[2], floor_div(g.input[2] - 1 - offset, g.stride[2]) + 1)};
}

/// A run of outputs that meet a run of inputs through one tap; all indices are flat.
struct Run {
  index_t tap;
  index_t output;
  index_t input;
  index_t count;
};

template <class Visit>
void for_each_run_of(const Geometry& g, const Axes& tap, Visit&& visit) {
  const Range range = meeting(g, tap[2]);
  if (range.begin >= range.end) return;
  const index_t flat_tap = (tap[0] * g.filter[1] + tap[1]) * g.filter[2] + tap[2];
  const index_t columns = phase_columns(g);
  const index_t p2 = column_at(g, g.input_position(2, range.begin, tap[2]));
  for (index_t o0 = 0; o0 < g.output[0]; ++o0) {
    const index_t p0 = g.input_position(0, o0, tap[0]);
    if (!g.inside_input(0, p0)) continue;
    for (index_t o1 = 0; o1 < g.output[1]; ++o1) {
      const index_t p1 = g.input_position(1, o1, tap[1]);
      if (!g.inside_input(1, p1)) continue;
      visit(Run{.tap = flat_tap,
                .output = (o0 * g.output[1] + o1) * g.output[2] + range.begin,
                .input = (p0 * g.input[1] + p1) * columns * g.stride[2] + p2,
                .count = range.end - range.begin});
    }
  }
}

template <class Visit>
void for_each_run(const Geometry& g, Visit&& visit) {
  for (index_t u0 = 0; u0 < g.filter[0]; ++u0)
    for (index_t u1 = 0; u1 < g.filter[1]; ++u1)
      for (index_t u2 = 0; u2 < g.filter[2]; ++u2) for_each_run_of(g, {u0, u1, u2}, visit);
}

}  // namespace

template <class T>
std::vector<Word> contract(const Slices& s, const T* values, const std::vector<Word>& weights,
                           const Reading& reading, std::vector<index_t>& impossible) {
  std::vector<Word> sums(static_cast<std::size_t>(s.outer * s.length));
  const Contraction<T> work{s, values, weights.data(), reading, sums.data(), impossible};
  const bool is_short = s.length < short_length;
  const std::vector<Word> spread = is_short ? spread_over(weights, s.length) : std::vector<Word>();
  const index_t blocks = is_short ? 1 : ceil_div(s.length, block);
  const index_t tasks = s.length == 0 ? 0 : s.outer * blocks;
#pragma omp parallel for schedule(static) if (s.outer * s.slices * s.length > worth_threads)
  for (index_t task = 0; task < tasks; ++task) {
    const index_t begin = task % blocks * block;
    if (is_short)
      work.short_slices(task, spread.data() + work.first_weight(task) * s.length);
    else
      work.long_slices(task / blocks, begin, std::min(begin + block, s.length));
  }
  return sums;
}

template std::vector<Word> contract(const Slices&, const float*, const std::vector<Word>&,
                                    const Reading&, std::vector<index_t>&);
template std::vector<Word> contract(const Slices&, const double*, const std::vector<Word>&,
                                    const Reading&, std::vector<index_t>&);
template std::vector<Word> contract(const Slices&, const Word*, const std::vector<Word>&,
                                    const Reading&, std::vector<index_t>&);

std::vector<Word> to_phases(const Geometry& g, std::vector<Word> planes) {
  if (g.stride[2] == 1 || g.input[2] == 0) return planes;
  const index_t rows = static_cast<index_t>(planes.size()) / g.input[2];
  const index_t width = phase_columns(g) * g.stride[2];
  std::vector<Word> phases(static_cast<std::size_t>(rows * width));
  for_each_column(g, rows, [&](std::size_t in_phases, std::size_t in_order) {
    phases[in_phases] = planes[in_order];
  });
  return phases;
}

std::vector<Word> from_phases(const Geometry& g, std::vector<Word> phases) {
  if (g.stride[2] == 1 || g.input[2] == 0) return phases;
  const index_t rows = static_cast<index_t>(phases.size()) / (phase_columns(g) * g.stride[2]);
  std::vector<Word> planes(static_cast<std::size_t>(rows * g.input[2]));
  for_each_column(g, rows, [&](std::size_t in_phases, std::size_t in_order) {
    planes[in_order] = phases[in_phases];
  });
  return planes;
}

void add_convolution(const Geometry& g, Pass pass, const Planes& planes) {
  for_each_run(g, [&](const Run& run) {
    const Lane<Word> x{planes.input + run.input, 1};
    const Lane<Word> w{planes.filter + run.tap + run.output * planes.bank_stride,
                       planes.bank_stride};
    const Lane<Word> y{planes.output + run.output, 1};
    const auto read = [](const Lane<Word>& lane) {
      return Lane<const Word>{lane.data, lane.stride};
    };
    switch (pass) {
      case Pass::forward: return add_products(y, read(w), read(x), run.count);
      case Pass::grad_input: return add_products(x, read(w), read(y), run.count);
      case Pass::grad_weights: return add_products(w, read(y), read(x), run.count);
    }
  });
}

Geometry flattened(const Geometry& g) {
  constexpr Axes ones{1, 1, 1};
  if (g.filter != ones || g.stride != ones || g.pad_before != Axes{} || g.input != g.output)
    return g;
  Geometry row = g;
  row.input = row.output = {1, 1, g.input[0] * g.input[1] * g.input[2]};
  return row;
}

}  // namespace convict::oracle
