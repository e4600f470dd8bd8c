// SPDX-License-Identifier: Apache-2.0
// Floating-point numbers of 16 bits and pairs of them: what __half and __nv_bfloat16 have in
// common. Each operation is computed in a wider format, of more than twice the digits, and rounded
// once, to nearest even.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "math.hpp"
#include "vector_types.hpp"

namespace convict_device {

/// An IEEE format of 16 bits with `digits` of significand after the point.
template <int digits, int exponents>
struct Format16 {
  static constexpr int drop = 52 - digits;  ///< digits that a double has more
  static constexpr int bias = (1 << (exponents - 1)) - 1;
  static constexpr int max_exponent = bias, min_exponent = 1 - bias;
  static constexpr unsigned infinity = ((1U << exponents) - 1) << digits;

  /// To nearest even. `sticky`: the value is `value` plus or minus less than its last digit.
  static std::uint16_t from(double value) {
    const auto bits = bits_as<std::uint64_t>(value);
    const auto sign = static_cast<unsigned>(bits >> 48) & 0x8000U;
    if (value != value) return 0x7fff;
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
    if (exponent < min_exponent - digits - 1) return static_cast<std::uint16_t>(sign);
    if (exponent > max_exponent) return static_cast<std::uint16_t>(sign | infinity);
    std::uint64_t significand = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
    const int shift = exponent < min_exponent ? drop + min_exponent - exponent : drop;
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    const std::uint64_t rest = significand & (2 * half - 1);
    std::uint64_t kept = significand >> shift;
    if (rest > half || (rest == half && kept % 2 == 1)) ++kept;
    // A carry out of the significand is one into the exponent, up to infinity.
    const unsigned base =
        exponent < min_exponent ? 0 : static_cast<unsigned>(exponent - min_exponent) << digits;
    return static_cast<std::uint16_t>(sign | (base + static_cast<unsigned>(kept)));
  }
  static float to_float(std::uint16_t bits) {
    if constexpr (digits == 7) {
      return bits_as<float>(static_cast<std::uint32_t>(bits) << 16);
    } else {
      const float sign = (bits & 0x8000U) != 0 ? -1.0F : 1.0F;
      const int exponent = static_cast<int>(bits & infinity) >> digits;
      const auto fraction = static_cast<float>(bits & ((1U << digits) - 1));
      if (exponent == (1 << exponents) - 1) return fraction != 0 ? NAN : sign * INFINITY;
      if (exponent == 0)
        return sign * fraction * bits_as<float>((127U + min_exponent - digits) << 23);
      return bits_as<float>((bits & 0x8000U) << 16 |
                            static_cast<unsigned>(exponent - bias + 127) << 23 |
                            (bits & ((1U << digits) - 1)) << (23 - digits));
    }
  }
};

template <class Format>
struct Short {
  std::uint16_t __x;

  Short() = default;
  Short(float value) : __x(Format::from(value)) {}
  Short(double value) : __x(Format::from(value)) {}
  Short(int value) : __x(Format::from(value)) {}
  Short(unsigned value) : __x(Format::from(value)) {}
  Short(short value) : __x(Format::from(value)) {}
  Short(unsigned short value) : __x(Format::from(value)) {}
  Short(long value) : __x(Format::from(static_cast<double>(value))) {}
  Short(unsigned long value) : __x(Format::from(static_cast<double>(value))) {}
  Short(long long value) : __x(Format::from(static_cast<double>(value))) {}
  Short(unsigned long long value) : __x(Format::from(static_cast<double>(value))) {}
  template <class Other>
  explicit Short(Short<Other> value) : Short(static_cast<float>(value)) {}
  operator float() const { return Format::to_float(__x); }
  explicit operator bool() const { return (__x & 0x7fffU) != 0; }

  static Short of_bits(std::uint16_t bits) {
    Short value;
    value.__x = bits;
    return value;
  }

  friend Short operator+(Short a, Short b) { return Short(double{float(a)} + double{float(b)}); }
  friend Short operator-(Short a, Short b) { return Short(double{float(a)} - double{float(b)}); }
  friend Short operator*(Short a, Short b) { return Short(double{float(a)} * double{float(b)}); }
  friend Short operator/(Short a, Short b) { return Short(double{float(a)} / double{float(b)}); }
  friend Short operator+(Short a) { return a; }
  friend Short operator-(Short a) { return of_bits(a.__x ^ 0x8000U); }
  friend Short& operator+=(Short& a, Short b) { return a = a + b; }
  friend Short& operator-=(Short& a, Short b) { return a = a - b; }
  friend Short& operator*=(Short& a, Short b) { return a = a * b; }
  friend Short& operator/=(Short& a, Short b) { return a = a / b; }
  friend Short& operator++(Short& a) { return a = a + Short(1); }
  friend Short& operator--(Short& a) { return a = a - Short(1); }
  friend bool operator==(Short a, Short b) { return float(a) == float(b); }
  friend bool operator!=(Short a, Short b) { return float(a) != float(b); }
  friend bool operator<(Short a, Short b) { return float(a) < float(b); }
  friend bool operator<=(Short a, Short b) { return float(a) <= float(b); }
  friend bool operator>(Short a, Short b) { return float(a) > float(b); }
  friend bool operator>=(Short a, Short b) { return float(a) >= float(b); }
};

/// a b + c with one rounding. The product of two is exact in double; where the sum is not, its last
/// digit is made odd, which a second rounding to half the digits cannot mistake for a tie.
/// Boldo, Melquiond: Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding
/// to Odd (2008).
template <class Format>
Short<Format> fused(Short<Format> a, Short<Format> b, Short<Format> c) {
  const double product = double{float(a)} * double{float(b)}, addend = double{float(c)};
  volatile double sum = product + addend;
  const double total = sum;
  if (std::isfinite(total)) {
    volatile double of_addend = total - product;
    volatile double rest = total - of_addend;
    volatile double error = (product - rest) + (addend - of_addend);
    auto bits = bits_as<std::uint64_t>(total);
    if (error != 0 && bits % 2 == 0) {
      bits += (error > 0) == (total > 0) ? 1 : -1;
      return Short<Format>(bits_as<double>(bits));
    }
  }
  return Short<Format>(total);
}
/// Towards zero, up and down: one step from the nearest where that is on the wrong side.
template <class Format>
Short<Format> toward_zero(double value) {
  const Short<Format> near(value);
  const bool over = std::fabs(double{float(near)}) > std::fabs(value);
  return over ? Short<Format>::of_bits(static_cast<std::uint16_t>(near.__x - 1)) : near;
}
template <class Format>
Short<Format> upward(double value) {
  const Short<Format> near(value);
  if (!(double{float(near)} < value)) return near;
  const bool is_negative = (near.__x & 0x8000U) != 0;
  if ((near.__x & 0x7fffU) == 0) return Short<Format>::of_bits(1);
  return Short<Format>::of_bits(
      static_cast<std::uint16_t>(is_negative ? near.__x - 1 : near.__x + 1));
}
template <class Format>
Short<Format> downward(double value) {
  return -upward<Format>(-value);
}

template <class Format>
struct alignas(4) Short2 {
  Short<Format> x, y;

  Short2() = default;
  Short2(Short<Format> x_, Short<Format> y_) : x(x_), y(y_) {}

  friend Short2 operator+(Short2 a, Short2 b) { return {a.x + b.x, a.y + b.y}; }
  friend Short2 operator-(Short2 a, Short2 b) { return {a.x - b.x, a.y - b.y}; }
  friend Short2 operator*(Short2 a, Short2 b) { return {a.x * b.x, a.y * b.y}; }
  friend Short2 operator/(Short2 a, Short2 b) { return {a.x / b.x, a.y / b.y}; }
  friend Short2 operator-(Short2 a) { return {-a.x, -a.y}; }
  friend Short2& operator+=(Short2& a, Short2 b) { return a = a + b; }
  friend Short2& operator-=(Short2& a, Short2 b) { return a = a - b; }
  friend Short2& operator*=(Short2& a, Short2 b) { return a = a * b; }
  friend Short2& operator/=(Short2& a, Short2 b) { return a = a / b; }
  friend bool operator==(Short2 a, Short2 b) { return a.x == b.x && a.y == b.y; }
  friend bool operator!=(Short2 a, Short2 b) { return !(a == b); }
};

}  // namespace convict_device

#define CONVICT_SHORT \
  template <class F>  \
  inline
#define CONVICT_S ::convict_device::Short<F>
#define CONVICT_S2 ::convict_device::Short2<F>
// name(a, b), name2(a, b) by halves, and the same for names with a suffix.
#define CONVICT_BINARY(name, name2, expression)                                 \
  CONVICT_SHORT CONVICT_S name(CONVICT_S a, CONVICT_S b) { return expression; } \
  CONVICT_SHORT CONVICT_S2 name2(CONVICT_S2 a, CONVICT_S2 b) {                  \
    return {name(a.x, b.x), name(a.y, b.y)};                                    \
  }
CONVICT_BINARY(__hadd, __hadd2, a + b)
CONVICT_BINARY(__hsub, __hsub2, a - b)
CONVICT_BINARY(__hmul, __hmul2, a* b)
CONVICT_BINARY(__hdiv, __h2div, a / b)
CONVICT_BINARY(__hadd_rn, __hadd2_rn, a + b)
CONVICT_BINARY(__hsub_rn, __hsub2_rn, a - b)
CONVICT_BINARY(__hmul_rn, __hmul2_rn, a* b)
CONVICT_BINARY(__hadd_sat, __hadd2_sat, CONVICT_S(__saturatef(a + b)))
CONVICT_BINARY(__hsub_sat, __hsub2_sat, CONVICT_S(__saturatef(a - b)))
CONVICT_BINARY(__hmul_sat, __hmul2_sat, CONVICT_S(__saturatef(a* b)))
CONVICT_BINARY(__hmax, __hmax2, CONVICT_S(fmaxf(a, b)))
CONVICT_BINARY(__hmin, __hmin2, CONVICT_S(fminf(a, b)))
CONVICT_BINARY(__hmax_nan, __hmax2_nan, a != a || b != b ? CONVICT_S(NAN) : a < b ? b : a)
CONVICT_BINARY(__hmin_nan, __hmin2_nan, a != a || b != b ? CONVICT_S(NAN) : b < a ? b : a)
#undef CONVICT_BINARY
#define CONVICT_COMPARE(name, name2, sign)                                     \
  CONVICT_SHORT bool name(CONVICT_S a, CONVICT_S b) { return a sign b; }       \
  CONVICT_SHORT CONVICT_S2 name2(CONVICT_S2 a, CONVICT_S2 b) {                 \
    return {CONVICT_S(a.x sign b.x ? 1 : 0), CONVICT_S(a.y sign b.y ? 1 : 0)}; \
  }
CONVICT_COMPARE(__heq, __heq2, ==)
CONVICT_COMPARE(__hne, __hne2, !=)
CONVICT_COMPARE(__hlt, __hlt2, <)
CONVICT_COMPARE(__hle, __hle2, <=)
CONVICT_COMPARE(__hgt, __hgt2, >)
CONVICT_COMPARE(__hge, __hge2, >=)
#undef CONVICT_COMPARE
#define CONVICT_BOTH(name, sign) \
  CONVICT_SHORT bool name(CONVICT_S2 a, CONVICT_S2 b) { return a.x sign b.x && a.y sign b.y; }
CONVICT_BOTH(__hbeq2, ==)
CONVICT_BOTH(__hblt2, <)
CONVICT_BOTH(__hble2, <=)
CONVICT_BOTH(__hbgt2, >)
CONVICT_BOTH(__hbge2, >=)
#undef CONVICT_BOTH
#define CONVICT_UNARY(name, name2, expression)                                \
  CONVICT_SHORT CONVICT_S name(CONVICT_S a) { return CONVICT_S(expression); } \
  CONVICT_SHORT CONVICT_S2 name2(CONVICT_S2 a) { return {name(a.x), name(a.y)}; }
CONVICT_UNARY(__hneg, __hneg2, -a)
CONVICT_UNARY(__habs, __habs2, fabsf(a))
CONVICT_UNARY(hexp, h2exp, exp(double{float(a)}))
CONVICT_UNARY(hexp2, h2exp2, exp2(double{float(a)}))
CONVICT_UNARY(hexp10, h2exp10, pow(10.0, double{float(a)}))
CONVICT_UNARY(hlog, h2log, log(double{float(a)}))
CONVICT_UNARY(hlog2, h2log2, log2(double{float(a)}))
CONVICT_UNARY(hlog10, h2log10, log10(double{float(a)}))
CONVICT_UNARY(hsqrt, h2sqrt, sqrt(double{float(a)}))
CONVICT_UNARY(hrsqrt, h2rsqrt, 1 / sqrt(double{float(a)}))
CONVICT_UNARY(hrcp, h2rcp, 1 / double{float(a)})
CONVICT_UNARY(hsin, h2sin, sin(double{float(a)}))
CONVICT_UNARY(hcos, h2cos, cos(double{float(a)}))
CONVICT_UNARY(htanh, h2tanh, tanh(double{float(a)}))
CONVICT_UNARY(hfloor, h2floor, floorf(a))
CONVICT_UNARY(hceil, h2ceil, ceilf(a))
CONVICT_UNARY(htrunc, h2trunc, truncf(a))
CONVICT_UNARY(hrint, h2rint, rintf(a))
#undef CONVICT_UNARY
CONVICT_SHORT bool __hisnan(CONVICT_S a) { return a != a; }
CONVICT_SHORT int __hisinf(CONVICT_S a) {
  return std::isinf(float(a)) ? (a > CONVICT_S(0) ? 1 : -1) : 0;
}
CONVICT_SHORT CONVICT_S __hfma(CONVICT_S a, CONVICT_S b, CONVICT_S c) {
  return ::convict_device::fused(a, b, c);
}
CONVICT_SHORT CONVICT_S __hfma_relu(CONVICT_S a, CONVICT_S b, CONVICT_S c) {
  return __hmax(::convict_device::fused(a, b, c), CONVICT_S(0));
}
CONVICT_SHORT CONVICT_S __hfma_sat(CONVICT_S a, CONVICT_S b, CONVICT_S c) {
  return CONVICT_S(__saturatef(::convict_device::fused(a, b, c)));
}
CONVICT_SHORT CONVICT_S2 __hfma2(CONVICT_S2 a, CONVICT_S2 b, CONVICT_S2 c) {
  return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)};
}
CONVICT_SHORT CONVICT_S2 __hfma2_relu(CONVICT_S2 a, CONVICT_S2 b, CONVICT_S2 c) {
  return {__hfma_relu(a.x, b.x, c.x), __hfma_relu(a.y, b.y, c.y)};
}
CONVICT_SHORT CONVICT_S2 __lowhigh2highlow(CONVICT_S2 a) { return {a.y, a.x}; }
CONVICT_SHORT CONVICT_S2 __lows2half2(CONVICT_S2 a, CONVICT_S2 b) { return {a.x, b.x}; }
CONVICT_SHORT CONVICT_S2 __highs2half2(CONVICT_S2 a, CONVICT_S2 b) { return {a.y, b.y}; }
CONVICT_SHORT float __low2float(CONVICT_S2 a) { return a.x; }
CONVICT_SHORT float __high2float(CONVICT_S2 a) { return a.y; }
#undef CONVICT_SHORT
#undef CONVICT_S
#undef CONVICT_S2

// The conversions of one format: T2F and so on are parts of their names.
#define CONVICT_CONVERSIONS(T, T2, F, name, name2)                                           \
  inline float __##name##2float(T a) { return a; }                                           \
  inline T __float2##name(float a) { return a; }                                             \
  inline T __float2##name##_rn(float a) { return a; }                                        \
  inline T __float2##name##_rz(float a) { return ::convict_device::toward_zero<F>(a); }      \
  inline T __float2##name##_ru(float a) { return ::convict_device::upward<F>(a); }           \
  inline T __float2##name##_rd(float a) { return ::convict_device::downward<F>(a); }         \
  inline T __double2##name(double a) { return a; }                                           \
  inline T __int2##name##_rn(int a) { return a; }                                            \
  inline T __uint2##name##_rn(unsigned a) { return a; }                                      \
  inline T __short2##name##_rn(short a) { return a; }                                        \
  inline T __ushort2##name##_rn(unsigned short a) { return a; }                              \
  inline T __ll2##name##_rn(long long a) { return a; }                                       \
  inline int __##name##2int_rn(T a) { return static_cast<int>(rintf(a)); }                   \
  inline int __##name##2int_rz(T a) { return static_cast<int>(float(a)); }                   \
  inline int __##name##2int_rd(T a) { return static_cast<int>(floorf(a)); }                  \
  inline int __##name##2int_ru(T a) { return static_cast<int>(ceilf(a)); }                   \
  inline unsigned __##name##2uint_rn(T a) { return static_cast<unsigned>(rintf(a)); }        \
  inline unsigned __##name##2uint_rz(T a) { return static_cast<unsigned>(float(a)); }        \
  inline short __##name##2short_rn(T a) { return static_cast<short>(rintf(a)); }             \
  inline short __##name##2short_rz(T a) { return static_cast<short>(float(a)); }             \
  inline T2 __float2##name##2_rn(float a) { return {T(a), T(a)}; }                           \
  inline T2 __floats2##name##2_rn(float a, float b) { return {T(a), T(b)}; }                 \
  inline T2 __float22##name##2_rn(float2 a) { return {T(a.x), T(a.y)}; }                     \
  inline float2 __##name##22float2(T2 a) { return {a.x, a.y}; }                              \
  inline T2 __##name##2##name2(T a) { return {a, a}; }                                       \
  inline T2 __halves2##name2(T a, T b) { return {a, b}; }                                    \
  inline T __low2##name(T2 a) { return a.x; }                                                \
  inline T __high2##name(T2 a) { return a.y; }                                               \
  inline T2 __low2##name2(T2 a) { return {a.x, a.x}; }                                       \
  inline T2 __high2##name2(T2 a) { return {a.y, a.y}; }                                      \
  inline T __ushort_as_##name(unsigned short a) { return T::of_bits(a); }                    \
  inline T __short_as_##name(short a) { return T::of_bits(static_cast<unsigned short>(a)); } \
  inline unsigned short __##name##_as_ushort(T a) { return a.__x; }                          \
  inline short __##name##_as_short(T a) { return static_cast<short>(a.__x); }
