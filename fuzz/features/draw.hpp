// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rapidcheck/Random.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/index.hpp"

namespace convict::fuzz {

/// Draws numbers one after the other from a RapidCheck random state. (rc::gen::exec would hide the
/// state, but keeps it in a global variable that threads cannot share.)
class Draw {
 public:
  explicit Draw(const rc::Random& random) : random_(random) {}

  /// Uniform in [low, high]; the bias is below (high - low) / 2^64.
  index_t between(index_t low, index_t high) {
    return low +
           static_cast<index_t>(random_.next() % (static_cast<std::uint64_t>(high - low) + 1));
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(random_.next() >> 11) * 0x1p-53; }
  /// True in `percent` of all cases.
  bool chance(double percent) { return 100 * uniform() < percent; }

  template <class T, std::size_t N>
  T one_of(const std::array<T, N>& values) {
    return values[static_cast<std::size_t>(between(0, static_cast<index_t>(N) - 1))];
  }

 private:
  rc::Random random_;
};

}  // namespace convict::fuzz
