// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include "convict_device/short_floats.hpp"

namespace convict_device {
using HalfFormat = Format16<10, 5>;
}
using __half = convict_device::Short<convict_device::HalfFormat>;
using __half2 = convict_device::Short2<convict_device::HalfFormat>;
using half = __half;
using half2 = __half2;
using __nv_half = __half;
using __nv_half2 = __half2;
using nv_half = __half;
using nv_half2 = __half2;
/// The bits alone.
struct __half_raw {
  unsigned short x;
  operator __half() const { return __half::of_bits(x); }
};

CONVICT_CONVERSIONS(__half, __half2, convict_device::HalfFormat, half, half2)
inline __half2 make_half2(__half x, __half y) { return {x, y}; }
