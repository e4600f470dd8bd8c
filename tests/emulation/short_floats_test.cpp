// SPDX-License-Identifier: Apache-2.0
// The emulated device's formats of 16 and 8 bits against the compiler's.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include "emulation/device/include/cuda_fp8.h"
#pragma GCC diagnostic pop

#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>

BOOST_AUTO_TEST_SUITE(short_floats_test)

namespace {

float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

/// Around the borders of the normal and subnormal numbers of half, and anything.
template <class Visit>
void visit_floats(Visit visit) {
  std::mt19937 random(1);
  for (int i = 0; i < 400'000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    const float some = float_of(bits);
    if (!std::isnan(some)) visit(some);
    visit(std::ldexp(static_cast<float>(static_cast<std::int32_t>(bits)) / 2147483648.0F,
                     static_cast<int>(random() % 45) - 26));
  }
}

}  // namespace

#ifdef __FLT16_MANT_DIG__
BOOST_AUTO_TEST_CASE(half_rounds_as_the_compiler_does) {
  int differ = 0;
  visit_floats([&](float value) {
    const auto right = static_cast<_Float16>(value);
    differ += std::bit_cast<std::uint16_t>(right) != __half(value).__x ? 1 : 0;
  });
  BOOST_TEST(differ == 0);
}
BOOST_AUTO_TEST_CASE(every_half_has_the_value_that_the_compiler_gives_it) {
  int differ = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto right =
        static_cast<float>(std::bit_cast<_Float16>(static_cast<std::uint16_t>(bits)));
    const float value = __half::of_bits(static_cast<std::uint16_t>(bits));
    differ += std::isnan(right) ? !std::isnan(value) : right != value;
  }
  BOOST_TEST(differ == 0);
}
#endif

BOOST_AUTO_TEST_CASE(bfloat16_rounds_to_nearest_even) {
  int differ = 0;
  visit_floats([&](float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto right = static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    differ += right != __nv_bfloat16(value).__x ? 1 : 0;
  });
  BOOST_TEST(differ == 0);
}
BOOST_AUTO_TEST_CASE(a_fused_operation_rounds_once) {
  // 1 + 2^-11 is a tie, which 2^-24 more or less decides: a sum in double that is rounded to it
  // first would not.
  const auto half = [](double value) { return __half(value); };
  const __half tiny = half(std::ldexp(1, -12));
  BOOST_TEST(float(__hfma(tiny, half(2), half(1))) == 1);
  BOOST_TEST(float(__hfma(half(1 + std::ldexp(1, -10)), half(std::ldexp(1, -11)), half(1))) ==
             1 + std::ldexp(1, -10));
  // 2048 + 1 is a tie; the product adds 2^-48, beyond the digits of a double.
  const __half smallest = __half::of_bits(1);
  BOOST_TEST(float(__hfma(smallest, smallest, half(2050))) == 2050);
}
BOOST_AUTO_TEST_CASE(directed_roundings_are_on_their_side) {
  int wrong = 0;
  visit_floats([&](float value) {
    if (std::fabs(value) > 65504) return;
    const float down = __float2half_rd(value), up = __float2half_ru(value);
    const float zero = __float2half_rz(value);
    wrong += down <= value && value <= up && std::fabs(zero) <= std::fabs(value) ? 0 : 1;
  });
  BOOST_TEST(wrong == 0);
}
BOOST_AUTO_TEST_CASE(every_number_of_8_bits_is_its_own_nearest) {
  int differ = 0;
  for (const auto kind : {__NV_E4M3, __NV_E5M2})
    for (unsigned code = 0; code < 256; ++code) {
      const float value = convict_device::fp8_of(kind).to_float(code);
      if (std::isfinite(value))
        differ += __nv_cvt_float_to_fp8(value, __NV_SATFINITE, kind) != code;
    }
  BOOST_TEST(differ == 0);
  BOOST_TEST(__nv_cvt_float_to_fp8(464, __NV_NOSAT, __NV_E4M3) == 0x7e);    // a tie, to even
  BOOST_TEST(__nv_cvt_float_to_fp8(470, __NV_NOSAT, __NV_E4M3) == 0x7f);    // NaN
  BOOST_TEST(__nv_cvt_float_to_fp8(65000, __NV_NOSAT, __NV_E5M2) == 0x7c);  // infinity
}

BOOST_AUTO_TEST_SUITE_END()
