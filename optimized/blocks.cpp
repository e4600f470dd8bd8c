// SPDX-License-Identifier: Apache-2.0
#include "optimized/blocks.hpp"

#include <algorithm>

namespace convict::optimized {

Pieces cut(index_t total, index_t largest, index_t multiple) {
  const index_t count = std::max<index_t>(1, ceil_div(total, std::max<index_t>(largest, 1)));
  const index_t even = std::max<index_t>(1, ceil_div(total, count));
  return {total, ceil_div(even, multiple) * multiple};
}

Pieces cut_positions(index_t positions, index_t largest) {
  // OpenBLAS' x86-64 kernels take 16 columns at a time: all pieces but the last are multiples
  // of 16.
  constexpr index_t vector = 16;
  const index_t count = ceil_div(positions, largest);
  const index_t even = count <= 1 ? 1 : ceil_div(count, wanted_tasks) * wanted_tasks;
  return cut(positions, ceil_div(positions, even), vector);
}

ColumnBlocks cut_columns(index_t batch, index_t positions, index_t largest) {
  const index_t images = std::max<index_t>(1, largest / std::max<index_t>(positions, 1));
  return {cut(batch, images), cut_positions(positions, largest)};
}

bool is_pointwise(const Geometry& g) {
  return volume(g.filter) == 1 && g.stride == Axes{1, 1, 1} && g.pad_before == Axes{0, 0, 0} &&
         g.input == g.output;
}

}  // namespace convict::optimized
