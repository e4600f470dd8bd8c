#pragma once

#include <vector>

#include "core/geometry.hpp"
#include "core/pass.hpp"
#include "oracle/ring.hpp"

namespace convict::oracle {

/// A tensor seen as (outer, slices, length), about to be contracted over its slices. The weight of
/// slice j is number (outer / repeat mod groups) * slices + j of a list.
struct Slices {
  index_t outer = 1;
  index_t slices = 1;
  index_t length = 1;
  index_t repeat = 1;
  index_t groups = 1;
};

/// sums[outer, i] = sum_j weight[j] values[outer, j, i], in the ring. Appends to `impossible` (in
/// no order) the offsets of values that `reading` does not take. T is float, double or Word.
template <class T>
std::vector<Word> contract(const Slices& slices, const T* values, const std::vector<Word>& weights,
                           const Reading& reading, std::vector<index_t>& impossible);

/// A stride would tear apart what vectors load, so rows of input planes are kept phase by phase:
/// column i lies at (i mod s) phase_columns + i / s, s the last axis's stride. Runs of outputs then
/// meet runs of inputs. Without a stride nothing moves.
constexpr index_t phase_columns(const Geometry& g) { return ceil_div(g.input[2], g.stride[2]); }
constexpr index_t phased_input(const Geometry& g) {
  return g.input[0] * g.input[1] * phase_columns(g) * g.stride[2];
}
std::vector<Word> to_phases(const Geometry& g, std::vector<Word> planes);
std::vector<Word> from_phases(const Geometry& g, std::vector<Word> phases);

/// One image with one channel on every side of a convolution, the input in phases, and
/// `bank_stride` words from one output position's filter to the next (0: shared).
struct Planes {
  Word* input;
  Word* filter;
  Word* output;
  index_t bank_stride;
};

/// Adds the pass's products to the plane that it writes.
void add_convolution(const Geometry& g, Pass pass, const Planes& planes);

/// A problem that maps positions one to one becomes one long row: no borders, no short loops.
Geometry flattened(const Geometry& g);

}  // namespace convict::oracle
