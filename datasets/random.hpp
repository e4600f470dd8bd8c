// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/index.hpp"

namespace convict::datasets {

/// The finalizer of SplitMix64: a bijection of 64-bit words whose outputs look independent (Steele,
/// Lea, Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
constexpr std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// Counter-based randomness: word i of a stream depends on (seed, stream, i) only, so that any
/// element can be regenerated from its index.
class Stream {
 public:
  constexpr Stream(std::uint64_t seed, std::uint64_t stream)
      : key_(scramble(scramble(seed + golden) + stream * golden)) {}

  constexpr std::uint64_t bits(std::uint64_t counter) const {
    return scramble(key_ + (counter + 1) * golden);
  }
  /// Uniform in [0, 1), 53 bits.
  constexpr double uniform(std::uint64_t counter) const {
    return static_cast<double>(bits(counter) >> 11) * 0x1p-53;
  }
  /// Uniform in [0, bound), the bias is below bound * 2^-64: the upper half of bits * bound
  /// (Lemire, Fast Random Integer Generation in an Interval, ACM TOMACS 29, 2019), a division
  /// saved.
  constexpr index_t below(std::uint64_t counter, index_t bound) const {
    __extension__ using wide = unsigned __int128;
    return static_cast<index_t>(
        (static_cast<wide>(bits(counter)) * static_cast<std::uint64_t>(bound)) >> 64);
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
  std::uint64_t key_;
};

/// A sequence of draws from one stream, for generators that make many small choices.
class Draws {
 public:
  constexpr Draws(std::uint64_t seed, std::uint64_t stream) : stream_(seed, stream) {}
  constexpr index_t below(index_t bound) { return stream_.below(counter_++, bound); }
  /// Uniform in [low, high].
  constexpr index_t between(index_t low, index_t high) { return low + below(high - low + 1); }
  template <class Range>
  constexpr const auto& one_of(const Range& values) {
    return values[static_cast<std::size_t>(below(static_cast<index_t>(std::size(values))))];
  }

 private:
  Stream stream_;
  std::uint64_t counter_ = 0;
};

}  // namespace convict::datasets
