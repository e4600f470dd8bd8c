// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "core/half.hpp"

namespace convict::gpu {

// The conversions of core/half.hpp between float and the 16-bit types, in integer arithmetic only,
// so that a device runs the same source that the tests compare with core's on the host.

constexpr float widened(float value) { return value; }
constexpr double widened(double value) { return value; }
constexpr float widened(bf16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}
constexpr float widened(f16 value) {
  const std::uint32_t sign = (value.bits & 0x8000U) << 16, magnitude = value.bits & 0x7FFFU;
  if (magnitude >= 0x7C00U)  // infinity and NaN keep their fraction
    return std::bit_cast<float>(sign | 0x7F800000U | (magnitude & 0x3FFU) << 13);
  if (magnitude >= 0x400U) return std::bit_cast<float>(sign | ((magnitude << 13) + (112U << 23)));
  const float value_of_subnormal = static_cast<float>(magnitude) * 0x1p-24F;
  return sign != 0 ? -value_of_subnormal : value_of_subnormal;
}

/// `bits` without its `dropped` lowest bits, rounded to nearest, ties to even. A carry out of the
/// fraction raises the exponent, which is right.
constexpr std::uint32_t rounded_bits(std::uint32_t bits, unsigned dropped) {
  const std::uint32_t half = 1U << (dropped - 1), odd = (bits >> dropped) & 1U;
  return (bits + (half - 1) + odd) >> dropped;
}

/// To nearest, ties to even, as IEEE 754 has it: overflow gives infinity, underflow is gradual.
template <class T>
constexpr T narrowed(float value) {
  return value;
}
template <class T>
constexpr T narrowed(double value) {
  return value;
}
template <>
constexpr bf16 narrowed<bf16>(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  bf16 result;
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  result.bits = static_cast<std::uint16_t>(is_nan ? (bits >> 16) | 0x40U : rounded_bits(bits, 16));
  return result;
}
template <>
constexpr f16 narrowed<f16>(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U, magnitude = bits & 0x7FFFFFFFU;
  const std::uint32_t exponent = magnitude >> 23;
  std::uint32_t rounded = 0;
  if (magnitude > 0x7F800000U)
    rounded = 0x7E00U;
  else if (exponent >= 143)  // 2^16 and beyond
    rounded = 0x7C00U;
  else if (exponent >= 113)  // 65520 and beyond round up to 0x7C00, infinity
    rounded = rounded_bits(magnitude - (112U << 23), 13);
  else if (exponent >= 102)  // a multiple of 2^-24, from 2^-25 up
    rounded = rounded_bits((magnitude & 0x7FFFFFU) | 0x800000U, 126 - exponent);
  f16 result;
  result.bits = static_cast<std::uint16_t>(sign | rounded);
  return result;
}

}  // namespace convict::gpu
