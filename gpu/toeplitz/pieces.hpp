// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/index.hpp"

namespace convict::gpu {

/// [begin, end)
struct Range {
  index_t begin = 0, end = 0;
  constexpr index_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// [0, total) cut into pieces of `size`; the last may be shorter.
struct Pieces {
  index_t total = 0, size = 1;
  constexpr index_t count() const { return ceil_div(total, size); }
  constexpr index_t largest() const { return std::min(size, total); }
  constexpr Range operator[](index_t i) const {
    return {i * size, std::min(total, i * size + size)};
  }
};

/// As few pieces of at most `largest` (at least 1) as there can be, of nearly equal size, which is
/// a multiple of `multiple` where that many fit.
constexpr Pieces cut(index_t total, index_t largest, index_t multiple = 1) {
  if (largest >= total) return {total, std::max<index_t>(1, total)};
  if (largest < multiple) multiple = 1;
  const index_t most = std::max<index_t>(1, largest / multiple * multiple);
  const index_t even = ceil_div(total, ceil_div(total, most));
  return {total, ceil_div(even, multiple) * multiple};
}

template <class Visit>
void for_each(const Pieces& pieces, const Visit& visit) {
  for (index_t i = 0; i < pieces.count(); ++i) visit(pieces[i]);
}

}  // namespace convict::gpu
