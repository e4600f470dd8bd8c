// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/index.hpp"

namespace convict {

/// How a kernel stores its tensors and what it accumulates in. `tf32` stores f32 and may round
/// inputs to 11 bits; 16-bit types accumulate in f32, except `f16a16`, which accumulates in f16.
enum class Precision { f64, f32, tf32, bf16, f16, f16a16 };

inline constexpr std::array all_precisions = {Precision::f64,  Precision::f32, Precision::tf32,
                                              Precision::bf16, Precision::f16, Precision::f16a16};

/// A binary floating-point format: `digits` significant bits (hidden bit included), value range
/// 2^(min_exponent) (smallest normal) to just under 2^(max_exponent).
struct FloatFormat {
  int digits;
  int min_exponent;
  int max_exponent;
};

/// The size of the widest storage type. Sizes are checked for it, whatever the precision.
inline constexpr index_t widest_element_bytes = 8;

constexpr std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::f64: return "f64";
    case Precision::f32: return "f32";
    case Precision::tf32: return "tf32";
    case Precision::bf16: return "bf16";
    case Precision::f16: return "f16";
    case Precision::f16a16: return "f16a16";
  }
  return "?";
}

constexpr std::optional<Precision> precision_named(std::string_view name) {
  for (const Precision precision : all_precisions)
    if (name_of(precision) == name) return precision;
  return std::nullopt;
}

/// The type of the elements in memory.
constexpr Precision storage_of(Precision precision) {
  if (precision == Precision::tf32) return Precision::f32;
  if (precision == Precision::f16a16) return Precision::f16;
  return precision;
}

/// The type of partial sums.
constexpr Precision accumulator_of(Precision precision) {
  if (precision == Precision::f64) return Precision::f64;
  return precision == Precision::f16a16 ? Precision::f16 : Precision::f32;
}

/// IEEE 754 binary64/32/16; bfloat16; tf32 as stored in f32 but read with 11 digits.
constexpr FloatFormat format_of(Precision precision) {
  switch (precision) {
    case Precision::f64: return {53, -1022, 1024};
    case Precision::f32: return {24, -126, 128};
    case Precision::tf32: return {11, -126, 128};
    case Precision::bf16: return {8, -126, 128};
    case Precision::f16:
    case Precision::f16a16: return {11, -14, 16};
  }
  return {};
}

constexpr index_t bytes_of(Precision precision) {
  switch (storage_of(precision)) {
    case Precision::f64: return 8;
    case Precision::f32: return 4;
    default: return 2;
  }
}

/// 2^exponent, exact.
constexpr double power_of_two(int exponent) {
  double value = 1;
  for (; exponent > 0; --exponent) value *= 2;
  for (; exponent < 0; ++exponent) value /= 2;
  return value;
}

/// u = 2^-digits: half the distance from 1 to the next number (Higham, Accuracy and
/// Stability, 2.1).
constexpr double unit_roundoff(Precision precision) {
  return power_of_two(-format_of(precision).digits);
}
constexpr double smallest_normal(Precision precision) {
  return power_of_two(format_of(precision).min_exponent);
}
constexpr double smallest_subnormal(Precision precision) {
  const FloatFormat format = format_of(precision);
  // power_of_two halves 1 repeatedly: halving is exact down to 2^-1074, the smallest subnormal.
  return power_of_two(format.min_exponent - format.digits + 1);
}
/// (2 - 2^(1-digits)) * 2^(max_exponent-1)
constexpr double largest_finite(Precision precision) {
  const FloatFormat format = format_of(precision);
  return (2 - 2 * unit_roundoff(precision)) * power_of_two(format.max_exponent - 1);
}

}  // namespace convict
