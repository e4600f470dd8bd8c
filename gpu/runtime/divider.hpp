// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace convict::gpu {

__extension__ using uint128 = unsigned __int128;

/// Division of 0 <= n < 2^b by a fixed d >= 1 as a product and a shift, b = 31 or 63:
///   l = ceil(log2 d),  m = ceil(2^(b+l) / d) < 2^(b+1),  n div d = floor(n m / 2^(b+l))
/// exact because n (m d - 2^(b+l)) < 2^b 2^l. (Granlund and Montgomery, Division by Invariant
/// Integers using Multiplication, PLDI 1994, theorem 4.2.)
template <class Index>
class Divider {
  static_assert(std::is_same_v<Index, std::int32_t> || std::is_same_v<Index, std::int64_t>);
  using Unsigned = std::make_unsigned_t<Index>;
  using Wide = std::conditional_t<sizeof(Index) == 4, std::uint64_t, uint128>;
  static constexpr int bits = static_cast<int>(8 * sizeof(Index)) - 1;

 public:
  constexpr Divider() : Divider(1) {}
  constexpr explicit Divider(Index divisor)
      : shift_(bits + static_cast<int>(std::bit_width(static_cast<Unsigned>(divisor - 1)))),
        multiplier_(
            static_cast<Unsigned>(((Wide{1} << shift_) + static_cast<Unsigned>(divisor - 1)) /
                                  static_cast<Unsigned>(divisor))) {}

  constexpr Index quotient(Index n) const {
    return static_cast<Index>(static_cast<Wide>(static_cast<Unsigned>(n)) * multiplier_ >> shift_);
  }

 private:
  int shift_;
  Unsigned multiplier_;
};

}  // namespace convict::gpu
