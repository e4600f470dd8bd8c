// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace convict {

/// Every size, index and stride: signed and 64 bits wide.
using index_t = std::int64_t;

inline constexpr int max_rank = 3;

/// One value per spatial axis; entries at and after the rank are neutral.
using Axes = std::array<index_t, max_rank>;

/// a * b and a + b; false (and `result` unspecified) when the exact result needs more than 64 bits.
constexpr bool multiply(index_t a, index_t b, index_t& result) {
  return !__builtin_mul_overflow(a, b, &result);
}
constexpr bool add(index_t a, index_t b, index_t& result) {
  return !__builtin_add_overflow(a, b, &result);
}

/// Product of sizes. Throws SpecError naming `what` when it needs more than 64 bits.
index_t checked_product(std::span<const index_t> sizes, std::string_view what);

/// floor(a / b) for b > 0, also for negative a.
constexpr index_t floor_div(index_t a, index_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr index_t ceil_div(index_t a, index_t b) { return a / b + (a % b > 0 ? 1 : 0); }

}  // namespace convict
