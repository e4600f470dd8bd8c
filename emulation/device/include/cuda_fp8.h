// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include "cuda_bf16.h"
#include "cuda_fp16.h"

typedef unsigned char __nv_fp8_storage_t;
typedef unsigned short __nv_fp8x2_storage_t;
enum __nv_saturation_t { __NV_NOSAT, __NV_SATFINITE };
enum __nv_fp8_interpretation_t { __NV_E4M3, __NV_E5M2 };

namespace convict_device {

/// e4m3 has no infinity, and NaN only with all bits set (CUDA Math API, FP8 Intrinsics).
struct Fp8 {
  int digits, bias;
  unsigned largest, infinity;

  float to_float(unsigned code) const {
    const unsigned magnitude = code & 0x7fU;
    const float sign = (code & 0x80U) != 0 ? -1.0F : 1.0F;
    if (magnitude > largest) return magnitude == infinity ? sign * INFINITY : NAN;
    const int exponent = static_cast<int>(magnitude >> digits);
    const auto fraction = static_cast<int>(magnitude & ((1U << digits) - 1));
    const int significand = exponent == 0 ? fraction : fraction | 1 << digits;
    return sign * std::ldexp(static_cast<float>(significand),
                             (exponent == 0 ? 1 : exponent) - bias - digits);
  }
  /// To nearest even; beyond the largest number that, or what is larger.
  unsigned char from(double value, bool saturates) const {
    const unsigned sign = std::signbit(value) ? 0x80U : 0;
    const double size = std::fabs(value);
    if (value != value) return 0x7f;
    unsigned low = 0, high = largest;  // codes are in the order of what they mean
    while (low < high) {
      const unsigned middle = (low + high + 1) / 2;
      if (to_float(middle) <= size)
        low = middle;
      else
        high = middle - 1;
    }
    if (low == largest) {
      const double next = 2 * double{to_float(largest)} - to_float(largest - 1);
      const bool is_over = size - to_float(largest) > next - size ||
                           (size - to_float(largest) == next - size && largest % 2 == 1);
      if (is_over && !saturates) low = infinity;
      return static_cast<unsigned char>(sign | low);
    }
    const double below = size - to_float(low), above = to_float(low + 1) - size;
    if (above < below || (above == below && low % 2 == 1)) ++low;
    return static_cast<unsigned char>(sign | low);
  }
};
constexpr Fp8 fp8_of(__nv_fp8_interpretation_t kind) {
  return kind == __NV_E4M3 ? Fp8{3, 7, 0x7e, 0x7f} : Fp8{2, 15, 0x7b, 0x7c};
}

template <__nv_fp8_interpretation_t kind>
struct Fp8Number {
  __nv_fp8_storage_t __x;

  Fp8Number() = default;
  explicit Fp8Number(float value) : __x(fp8_of(kind).from(value, true)) {}
  explicit Fp8Number(double value) : __x(fp8_of(kind).from(value, true)) {}
  explicit Fp8Number(int value) : __x(fp8_of(kind).from(value, true)) {}
  explicit Fp8Number(__half value) : Fp8Number(float(value)) {}
  explicit Fp8Number(__nv_bfloat16 value) : Fp8Number(float(value)) {}
  explicit operator float() const { return fp8_of(kind).to_float(__x); }
  explicit operator double() const { return fp8_of(kind).to_float(__x); }
  explicit operator __half() const { return fp8_of(kind).to_float(__x); }
  explicit operator __nv_bfloat16() const { return fp8_of(kind).to_float(__x); }
};

}  // namespace convict_device

using __nv_fp8_e4m3 = convict_device::Fp8Number<__NV_E4M3>;
using __nv_fp8_e5m2 = convict_device::Fp8Number<__NV_E5M2>;

inline __nv_fp8_storage_t __nv_cvt_float_to_fp8(float value, __nv_saturation_t saturation,
                                                __nv_fp8_interpretation_t kind) {
  return convict_device::fp8_of(kind).from(value, saturation == __NV_SATFINITE);
}
inline __half_raw __nv_cvt_fp8_to_halfraw(__nv_fp8_storage_t code, __nv_fp8_interpretation_t kind) {
  return {__half(convict_device::fp8_of(kind).to_float(code)).__x};
}
