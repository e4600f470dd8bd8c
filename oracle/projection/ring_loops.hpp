// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "oracle/projection/ring.hpp"

namespace convict::oracle {

// The loops in plain C++, which the compiler vectorizes. They are inlined into functions that set
// the instruction set.

template <class T, bool weighted>
[[gnu::always_inline]] inline bool add_block(Word* __restrict sums, const Block<T>& block,
                                             const Word* weights, const Reading& reading) {
  const auto [scale, limit] = reading;
  Word impossible = 0;
  for (index_t j = 0; j < block.rows; ++j) {
    const T* __restrict values = block.values + j * block.stride;
    const Word* __restrict weight = weighted ? weights + j * block.stride : weights + j;
    for (index_t i = 0; i < block.columns; ++i) {
      const double scaled = static_cast<double>(values[i]) * scale;
      const double shifted = scaled + integer_shift;
      const bool possible = (shifted - integer_shift == scaled) & (std::fabs(scaled) <= limit);
      sums[i] += weight[weighted ? i : 0] *
                 (std::bit_cast<Word>(shifted) - std::bit_cast<Word>(integer_shift));
      impossible += possible ? 0 : 1;
    }
  }
  return impossible == 0;
}

[[gnu::always_inline]] inline void add_lanes(Lane<Word> sums, Lane<const Word> a,
                                             Lane<const Word> b, index_t count) {
  Word* __restrict s = sums.data;
  const Word* __restrict u = a.data;
  const Word* __restrict v = b.data;
  if (sums.stride == 1 && a.stride == 0 && b.stride == 1) {
    const Word weight = *u;
    for (index_t i = 0; i < count; ++i) s[i] += weight * v[i];
  } else if (sums.stride == 1 && a.stride == 1 && b.stride == 1) {
    for (index_t i = 0; i < count; ++i) s[i] += u[i] * v[i];
  } else if (sums.stride == 0) {
    Word total = 0;
    if (a.stride == 1 && b.stride == 1)
      for (index_t i = 0; i < count; ++i) total += u[i] * v[i];
    else
      for (index_t i = 0; i < count; ++i) total += u[i * a.stride] * v[i * b.stride];
    *s += total;
  } else {
    for (index_t i = 0; i < count; ++i) s[i * sums.stride] += u[i * a.stride] * v[i * b.stride];
  }
}

// One per instruction set; all are linked, but used only if the CPU has the instructions.
extern const RingLoops ring_loops_avx512;  ///< F and DQ
extern const RingLoops ring_loops_avx2;
extern const RingLoops ring_loops_plain;

}  // namespace convict::oracle
