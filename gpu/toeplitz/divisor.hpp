// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "core/index.hpp"
#include "gpu/runtime/divider.hpp"

namespace convict::gpu {

/// Division of 0 <= n < 2^63 by a number that is known before a kernel starts. Numbers below 2^31
/// (in practice nearly all) are divided in 32 bits: a device needs one instruction to multiply
/// 32-bit integers and several for 64 bits.
class Divisor {
 public:
  struct Parts {
    index_t quotient, remainder;
  };

  constexpr Divisor() : Divisor(1) {}
  /// Divisors below 1 become 1; nothing is ever divided by them.
  constexpr explicit Divisor(index_t divisor)
      : divisor_(divisor < 1 ? 1 : divisor),
        wide_(divisor_),
        narrow_(divisor_ <= most_narrow ? static_cast<std::int32_t>(divisor_) : 1) {}

  constexpr index_t quotient(index_t dividend) const {
    if (dividend <= most_narrow && divisor_ <= most_narrow)
      return narrow_.quotient(static_cast<std::int32_t>(dividend));
    return wide_.quotient(dividend);
  }
  constexpr Parts operator()(index_t dividend) const {
    const index_t q = quotient(dividend);
    return {q, dividend - q * divisor_};
  }

 private:
  static constexpr index_t most_narrow = std::numeric_limits<std::int32_t>::max();

  index_t divisor_;
  Divider<index_t> wide_;
  Divider<std::int32_t> narrow_;
};

}  // namespace convict::gpu
