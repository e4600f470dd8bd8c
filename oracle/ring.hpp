#pragma once

#include <bit>
#include <cstdint>

#include "core/index.hpp"

namespace convict::oracle {

/// An element of the ring Z/2^64: sums and products wrap around, in any order to the same word.
using Word = std::uint64_t;

/// A lane of memory; stride 0 is one number that meets all of the others.
template <class T>
struct Lane {
  T* data;
  index_t stride;
};

/// How a floating-point value becomes an integer: value * scale, which has to be one and no larger
/// than `limit` in magnitude. scale is a power of two, limit at most integer_limit.
struct Reading {
  double scale = 1;
  double limit = 0;
};

inline constexpr double integer_limit = 0x1p51;

/// Added to an integer within integer_limit, it leaves that integer in the low bits: conversion
/// without a cast, so that no value (NaN, infinity) is undefined behaviour.
inline constexpr double integer_shift = 0x1.8p52;

/// True for exactly the values that `reading` makes an integer; false for NaN and infinities.
constexpr bool is_possible(double value, const Reading& reading) {
  const double scaled = value * reading.scale;
  const bool integer = (scaled + integer_shift) - integer_shift == scaled;
  return integer && scaled <= reading.limit && scaled >= -reading.limit;
}

/// The residue of an integer within integer_limit; any word for other values.
constexpr Word to_word(double integer) {
  return std::bit_cast<Word>(integer + integer_shift) - std::bit_cast<Word>(integer_shift);
}

/// sums[i] += weight * values[i] for i < count. Returns how many values are not possible; what
/// those add is unspecified. The code is chosen at run time by CPU.
index_t add_weighted(Word* sums, const float* values, index_t count, Word weight,
                     const Reading& reading);
index_t add_weighted(Word* sums, const double* values, index_t count, Word weight,
                     const Reading& reading);
/// For words there is nothing to read and nothing impossible.
index_t add_weighted(Word* sums, const Word* values, index_t count, Word weight,
                     const Reading& reading);

/// sums[i] += a[i] * b[i] for i < count, where `sums` with stride 0 is one sum of all products.
void add_products(Lane<Word> sums, Lane<const Word> a, Lane<const Word> b, index_t count);

}  // namespace convict::oracle
