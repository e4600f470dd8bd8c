// SPDX-License-Identifier: Apache-2.0
#include "core/half.hpp"

#include <bit>
#include <limits>

namespace convict {
namespace {

constexpr int double_mantissa_bits = 52;
constexpr int double_bias = 1023;
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

constexpr std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

/// 2^exponent where that is a normal number. (power_of_two takes a step per exponent.)
double normal_power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(double_bias + exponent)
                               << double_mantissa_bits);
}

/// The 16 bits of `value`, which must already be representable (or infinite or NaN).
std::uint16_t encode(FloatFormat format, double value) {
  const int mantissa_bits = format.digits - 1;
  const unsigned sign = std::signbit(value) ? 0x8000U : 0U;
  const unsigned exponent_mask = (1U << (15 - mantissa_bits)) - 1U;
  const double magnitude = std::fabs(value);
  if (std::isnan(value)) {
    return static_cast<std::uint16_t>(sign | (exponent_mask << mantissa_bits) |
                                      (1U << (mantissa_bits - 1)));
  }
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | (exponent_mask << mantissa_bits));
  if (magnitude < normal_power_of_two(format.min_exponent)) {
    const auto steps =
        static_cast<unsigned>(magnitude * normal_power_of_two(mantissa_bits - format.min_exponent));
    return static_cast<std::uint16_t>(sign | steps);
  }
  // Exponent and mantissa move down together; the exponent counts from another bias.
  const std::uint64_t kept = bits_of(magnitude) >> (double_mantissa_bits - mantissa_bits);
  const auto rebias = static_cast<std::uint64_t>(double_bias + format.min_exponent - 1);
  return static_cast<std::uint16_t>(sign | (kept - (rebias << mantissa_bits)));
}

/// Rounds to the nearest multiple of 2^quantum, ties to even, for 0 <= magnitude < 2^(quantum +
/// 51): the last bit of magnitude + room is worth 2^quantum.
double to_multiple_of(int quantum, double magnitude) {
  const double room = 1.5 * normal_power_of_two(quantum + double_mantissa_bits);
  return (magnitude + room) - room;
}

}  // namespace

double round_to(FloatFormat format, double value) {
  const int dropped = double_mantissa_bits + 1 - format.digits;
  if (dropped == 0 || !std::isfinite(value) || value == 0) return value;
  const double smallest = normal_power_of_two(format.min_exponent);
  const double magnitude = std::fabs(value);
  if (magnitude < smallest)
    return std::copysign(to_multiple_of(format.min_exponent - (format.digits - 1), magnitude),
                         value);
  const std::uint64_t bits = bits_of(magnitude);
  const std::uint64_t below_half = (std::uint64_t{1} << (dropped - 1)) - 1;
  const std::uint64_t last_kept = (bits >> dropped) & 1;
  // A carry out of the mantissa raises the exponent, which is what rounding up to the next power of
  // two needs.
  const std::uint64_t rounded = (bits + below_half + last_kept) >> dropped << dropped;
  const auto overflow = static_cast<std::uint64_t>(double_bias + format.max_exponent)
                        << double_mantissa_bits;
  if (rounded >= overflow) return std::copysign(std::numeric_limits<double>::infinity(), value);
  return std::bit_cast<double>(rounded | (bits_of(value) & sign_bit));
}

template <>
bf16::Half(double value)
    : bits(encode(format_of(Precision::bf16), round_to(format_of(Precision::bf16), value))) {}

template <>
f16::Half(double value)
    : bits(encode(format_of(Precision::f16), round_to(format_of(Precision::f16), value))) {}

template <>
f16::operator float() const {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t biased = exponent == 0x1FU ? 0xFFU : exponent - 15 + 127;
  return std::bit_cast<float>(sign | biased << 23 | fraction << 13);
}

}  // namespace convict
