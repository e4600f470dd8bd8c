#pragma once

#include <cstdint>

#include "core/index.hpp"

namespace convict::gpu {

__extension__ typedef unsigned __int128 uint128_t;  // nvcc takes no `using` here

/// Division by a number that is known before a kernel starts, at the price of a multiplication:
///   floor(n / d) = (floor(m n / 2^64) + n) >> l   for 0 <= n < 2^63,
///   l = ceil(log2 d),  m = floor(2^64 (2^l - d) / d) + 1
/// (Granlund, Montgomery, Division by Invariant Integers using Multiplication, PLDI 1994,
/// section 4). Numbers below 2^31, nearly all there are, take the same with 2^32 for 2^64: a device
/// multiplies 32 bits in one instruction and 64 in many.
class Divisor {
 public:
  struct Parts {
    index_t quotient, remainder;
  };

  constexpr Divisor() : Divisor(1) {}
  /// Of the divisors below 1, which nothing is ever divided by, it makes 1.
  constexpr explicit Divisor(index_t divisor) : divisor_(divisor < 1 ? 1 : divisor) {
    const auto d = static_cast<std::uint64_t>(divisor_);
    while ((std::uint64_t{1} << shift_) < d) ++shift_;
    const std::uint64_t excess = (std::uint64_t{1} << shift_) - d;
    factor_ = static_cast<std::uint64_t>((static_cast<uint128_t>(excess) << 64) / d) + 1;
    if (shift_ < 32) narrow_factor_ = static_cast<std::uint32_t>((excess << 32) / d + 1);
  }

  constexpr index_t quotient(index_t dividend) const {
    const auto n = static_cast<std::uint64_t>(dividend);
    if (n < std::uint64_t{1} << 31)
      return static_cast<index_t>(((std::uint64_t{narrow_factor_} * n >> 32) + n) >> shift_);
    const auto high = static_cast<std::uint64_t>((static_cast<uint128_t>(factor_) * n) >> 64);
    return static_cast<index_t>((high + n) >> shift_);
  }
  constexpr Parts operator()(index_t dividend) const {
    const index_t q = quotient(dividend);
    return {q, dividend - q * divisor_};
  }

 private:
  index_t divisor_ = 1;
  std::uint64_t factor_ = 1;
  std::uint32_t narrow_factor_ = 0;
  int shift_ = 0;
};

}  // namespace convict::gpu
