// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "core/index.hpp"

namespace convict::oracle {

/// An element of the ring Z/2^64: sums and products wrap around, so their order does not matter.
using Word = std::uint64_t;

/// Numbers that are `stride` elements apart; stride 0 repeats a single one.
template <class T>
struct Lane {
  T* data;
  index_t stride;
};

/// How a floating-point value becomes an integer: value * scale, which must be an integer of
/// magnitude `limit` or less; other values are called impossible. `scale` is a power of two,
/// `limit` at most integer_limit<T>.
struct Reading {
  double scale = 1;
  double limit = 0;
};

/// The largest integers that every set of loops can convert: f32 is converted to 32 bits in one
/// instruction.
template <class T>
inline constexpr double integer_limit = sizeof(T) == 4 ? 0x1p30 : 0x1p51;

/// Added to an integer of magnitude 2^51 or less, it leaves that integer in the low bits: a
/// conversion without a cast, so that NaN and infinity cause no undefined behaviour.
inline constexpr double integer_shift = 0x1.8p52;

/// Whether `reading` makes the value an integer; false for NaN and infinities.
constexpr bool is_possible(double value, const Reading& reading) {
  const double scaled = value * reading.scale;
  const bool integer = (scaled + integer_shift) - integer_shift == scaled;
  return integer && scaled <= reading.limit && scaled >= -reading.limit;
}

/// The residue mod 2^64 of an integer of magnitude 2^51 or less; unspecified for other values.
constexpr Word to_word(double integer) {
  return std::bit_cast<Word>(integer + integer_shift) - std::bit_cast<Word>(integer_shift);
}

/// A block of a tensor: value i of row j is values[j * stride + i].
template <class T>
struct Block {
  const T* values;
  index_t rows;
  index_t stride;
  index_t columns;
  index_t next = 0;  ///< values + next is the block that will be read after this one; 0: unknown
};

/// The inner loops of a projection for one instruction set. Those that read a block return whether
/// all of its values are possible; if not, the sums are unspecified.
struct RingLoops {
  template <class T>
  using AddRows = bool (*)(Word* sums, const Block<T>& block, const Word* weights,
                           const Reading& reading);
  /// sums[i] += sum_j weights[j] * value(j, i)
  template <class T>
  AddRows<T> add_rows() const {
    if constexpr (sizeof(T) == 4)
      return rows_f32;
    else
      return rows_f64;
  }
  /// sums[i] += sum_j weights[j * stride + i] * value(j, i)
  template <class T>
  AddRows<T> add_weighted() const {
    if constexpr (sizeof(T) == 4)
      return weighted_f32;
    else
      return weighted_f64;
  }

  const char* name;
  AddRows<float> rows_f32, weighted_f32;
  AddRows<double> rows_f64, weighted_f64;
  /// sums[i] += a[i] * b[i] for i < count; if `sums` has stride 0, one sum of all products.
  void (*add_products)(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count);
};

/// The loops that this CPU can run, fastest first; the last ones are plain C++.
std::span<const RingLoops> usable_ring_loops();

inline const RingLoops& best_ring_loops() { return usable_ring_loops().front(); }

}  // namespace convict::oracle
