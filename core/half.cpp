#include "core/half.hpp"

#include <algorithm>
#include <limits>

namespace convict {
namespace {

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
  if (magnitude < std::ldexp(1.0, format.min_exponent)) {
    const auto steps =
        static_cast<unsigned>(std::ldexp(magnitude, mantissa_bits - format.min_exponent));
    return static_cast<std::uint16_t>(sign | steps);
  }
  const int exponent = std::ilogb(magnitude);
  const auto fraction =
      static_cast<unsigned>(std::ldexp(std::ldexp(magnitude, -exponent) - 1.0, mantissa_bits));
  const auto biased = static_cast<unsigned>(exponent - format.min_exponent + 1);
  return static_cast<std::uint16_t>(sign | (biased << mantissa_bits) | fraction);
}

}  // namespace

double round_to(FloatFormat format, double value) {
  if (!std::isfinite(value) || value == 0) return value;
  const int exponent = std::max(std::ilogb(value), format.min_exponent);
  const int quantum = exponent - (format.digits - 1);
  // Scaling by a power of two is exact here; nearbyint rounds to nearest even in the default mode.
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -quantum)), quantum);
  if (std::fabs(rounded) >= std::ldexp(1.0, format.max_exponent))
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  return rounded;
}

template <>
bf16::Half(double value)
    : bits(encode(format_of(Precision::bf16), round_to(format_of(Precision::bf16), value))) {}

template <>
f16::Half(double value)
    : bits(encode(format_of(Precision::f16), round_to(format_of(Precision::f16), value))) {}

template <>
f16::operator float() const {
  const unsigned exponent = (bits >> 10) & 0x1FU;
  const unsigned fraction = bits & 0x3FFU;
  float magnitude = 0;
  if (exponent == 0x1FU) {
    magnitude = fraction != 0 ? std::numeric_limits<float>::quiet_NaN()
                              : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 0x400U), static_cast<int>(exponent) - 25);
  }
  return std::copysign(magnitude, (bits & 0x8000U) != 0 ? -1.0F : 1.0F);
}

}  // namespace convict
