// SPDX-License-Identifier: Apache-2.0
#include "core/half.hpp"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>

BOOST_AUTO_TEST_SUITE(half_test)

using namespace convict;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
constexpr Precision precision_of = std::is_same_v<T, bf16> ? Precision::bf16 : Precision::f16;

template <class T>
T from_bits(unsigned bits) {
  T value;
  value.bits = static_cast<std::uint16_t>(bits);
  return value;
}

/// The value of a 16-bit pattern, from the definition of the format (IEEE 754, 3.4).
template <class T>
double decoded(unsigned bits) {
  const FloatFormat format = format_of(precision_of<T>);
  const int stored = format.digits - 1;
  const int exponent = static_cast<int>((bits & 0x7FFFU) >> stored);
  const double fraction = std::ldexp(static_cast<double>(bits & ((1U << stored) - 1)), -stored);
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  if (exponent == (0x7FFF >> stored)) return fraction == 0 ? sign * infinity : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, format.min_exponent);
  return sign * std::ldexp(1 + fraction, exponent - 1 + format.min_exponent);
}

/// Rounds the float's own bit pattern, dropping `dropped` bits (to nearest, ties to even).
std::uint32_t rounded_bits(float value, int dropped) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t half_less_one = (1U << (dropped - 1)) - 1;
  return (bits + half_less_one + ((bits >> dropped) & 1U)) >> dropped << dropped;
}

template <class T>
unsigned count_of_patterns_that_do_not_come_back() {
  unsigned wrong = 0;
  for (unsigned bits = 0; bits <= 0xFFFF; ++bits) {
    const auto value = static_cast<float>(from_bits<T>(bits));
    const double expected = decoded<T>(bits);
    const T back(value);
    if (std::isnan(expected))
      wrong += !std::isnan(value) || !std::isnan(static_cast<float>(back)) ||
               ((back.bits ^ bits) & 0x8000U) != 0;
    else
      wrong += static_cast<double>(value) != expected || back.bits != bits;
  }
  return wrong;
}

/// Rounds the midpoint above every finite pattern, and the doubles just below and above it.
template <class T>
unsigned count_of_wrong_roundings(unsigned sign) {
  const FloatFormat format = format_of(precision_of<T>);
  const unsigned infinite = (0x7FFFU >> (format.digits - 1)) << (format.digits - 1);
  unsigned wrong = 0;
  for (unsigned bits = 0; bits < infinite; ++bits) {
    const double here = decoded<T>(bits);
    const double next =
        bits + 1 == infinite ? std::ldexp(1.0, format.max_exponent) : decoded<T>(bits + 1);
    const double middle = (here + next) / 2;
    const double s = sign != 0 ? -1 : 1;
    const unsigned even = bits + (bits & 1U);
    wrong += T(s * middle).bits != (sign | even);
    wrong += T(s * std::nextafter(middle, 0.0)).bits != (sign | bits);
    wrong += T(s * std::nextafter(middle, infinity)).bits != (sign | (bits + 1));
  }
  return wrong;
}

/// Doubles spread over the exponents [low, high] with random fractions of random length.
class Doubles {
 public:
  double next(int low, int high) {
    const auto fraction = engine_() >> (engine_() % 53) << 12 >> 12;
    const double significand = std::bit_cast<double>(0x3FF0000000000000ULL | fraction);
    const int exponent = std::uniform_int_distribution<int>(low, high)(engine_);
    return std::ldexp((engine_() & 1U) != 0 ? -significand : significand, exponent);
  }

 private:
  std::mt19937_64 engine_{7};
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_16_bit_pattern_has_its_value_and_comes_back) {
  BOOST_TEST(count_of_patterns_that_do_not_come_back<bf16>() == 0U);
  BOOST_TEST(count_of_patterns_that_do_not_come_back<f16>() == 0U);
}

BOOST_AUTO_TEST_CASE(ties_go_to_even_and_everything_else_to_the_nearest) {
  BOOST_TEST(count_of_wrong_roundings<bf16>(0) == 0U);
  BOOST_TEST(count_of_wrong_roundings<bf16>(0x8000U) == 0U);
  BOOST_TEST(count_of_wrong_roundings<f16>(0) == 0U);
  BOOST_TEST(count_of_wrong_roundings<f16>(0x8000U) == 0U);
}

BOOST_AUTO_TEST_CASE(edges_of_f16_are_those_of_the_standard) {
  BOOST_TEST(f16(65504.0).bits == 0x7BFF);
  BOOST_TEST(f16(65519.0).bits == 0x7BFF);
  BOOST_TEST(f16(65520.0).bits == 0x7C00);
  BOOST_TEST(f16(-1e300).bits == 0xFC00);
  BOOST_TEST(f16(infinity).bits == 0x7C00);
  BOOST_TEST(f16(std::ldexp(1.0, -24)).bits == 0x0001);
  BOOST_TEST(f16(std::ldexp(1.0, -25)).bits == 0x0000);
  BOOST_TEST(f16(-std::ldexp(1.0, -25)).bits == 0x8000);
  BOOST_TEST(f16(std::ldexp(1.0, -14)).bits == 0x0400);
  BOOST_TEST(f16(-0.0).bits == 0x8000);
  BOOST_TEST(f16(std::numeric_limits<double>::denorm_min()).bits == 0x0000);
}

BOOST_AUTO_TEST_CASE(edges_of_bf16_are_those_of_the_upper_half_of_a_float) {
  BOOST_TEST(bf16(1.0).bits == 0x3F80);
  BOOST_TEST(bf16(std::numeric_limits<float>::max()).bits == 0x7F80);
  BOOST_TEST(bf16(std::ldexp(1.0, -133)).bits == 0x0001);
  BOOST_TEST(bf16(std::ldexp(1.0, -134)).bits == 0x0000);
  BOOST_TEST(bf16(std::ldexp(1.5, -134)).bits == 0x0001);
  BOOST_TEST(bf16(-infinity).bits == 0xFF80);
}

BOOST_AUTO_TEST_CASE(a_double_is_rounded_once_not_by_way_of_float) {
  const double above_tie_f16 = 1 + std::ldexp(1.0, -11) + std::ldexp(1.0, -40);
  const double above_tie_bf16 = 1 + std::ldexp(1.0, -8) + std::ldexp(1.0, -40);
  const double below_tie_f16 = 1 + std::ldexp(3.0, -11) - std::ldexp(1.0, -40);

  BOOST_TEST(f16(above_tie_f16).bits == 0x3C01);
  BOOST_TEST(f16(static_cast<float>(above_tie_f16)).bits == 0x3C00);
  BOOST_TEST(f16(below_tie_f16).bits == 0x3C01);
  BOOST_TEST(bf16(above_tie_bf16).bits == 0x3F81);
}

#ifdef __FLT16_MANT_DIG__
BOOST_AUTO_TEST_CASE(f16_agrees_with_the_compilers_own_half) {
  Doubles doubles;
  unsigned wrong = 0;
  for (int i = 0; i < 1000000; ++i) {
    const double value = doubles.next(-28, 17);
    __extension__ const auto half = static_cast<_Float16>(value);
    wrong += f16(value).bits != std::bit_cast<std::uint16_t>(half);
    wrong += static_cast<float>(f16(value)) != static_cast<float>(half);
  }
  BOOST_TEST(wrong == 0U);
}
#endif

BOOST_AUTO_TEST_CASE(bf16_of_a_float_is_its_upper_half_rounded) {
  Doubles doubles;
  unsigned wrong = 0;
  for (int i = 0; i < 1000000; ++i) {
    const auto value = static_cast<float>(doubles.next(-150, 127));
    if (std::isfinite(value)) wrong += bf16(value).bits != rounded_bits(value, 16) >> 16;
  }
  BOOST_TEST(wrong == 0U);
}

BOOST_AUTO_TEST_CASE(round_to_agrees_with_the_machine_where_it_has_the_format) {
  Doubles doubles;
  unsigned wrong = 0;
  for (int i = 0; i < 1000000; ++i) {
    const double value = doubles.next(-152, 128);
    const auto nearest = static_cast<float>(value);
    const double tf32 = round_to(format_of(Precision::tf32), static_cast<double>(nearest));
    wrong += round_to(format_of(Precision::f32), value) != static_cast<double>(nearest);
    wrong += round_to(format_of(Precision::f64), value) != value;
    if (std::isfinite(nearest))
      wrong += tf32 != static_cast<double>(std::bit_cast<float>(rounded_bits(nearest, 13)));
  }
  BOOST_TEST(wrong == 0U);
}

BOOST_AUTO_TEST_CASE(round_to_keeps_zeros_infinities_and_nan) {
  const FloatFormat format = format_of(Precision::f16);

  BOOST_TEST(std::signbit(round_to(format, -0.0)));
  BOOST_TEST(std::signbit(round_to(format, -1e-30)));
  BOOST_TEST(round_to(format, -infinity) == -infinity);
  BOOST_TEST(std::isnan(round_to(format, std::nan(""))));
}

BOOST_AUTO_TEST_SUITE_END()
