// SPDX-License-Identifier: Apache-2.0
// Stands for the CUDA header of this name where kernels run on the emulated device.
#pragma once

#include "convict_device/short_floats.hpp"

namespace convict_device {
using BfloatFormat = Format16<7, 8>;
}
using __nv_bfloat16 = convict_device::Short<convict_device::BfloatFormat>;
using __nv_bfloat162 = convict_device::Short2<convict_device::BfloatFormat>;
using nv_bfloat16 = __nv_bfloat16;
using nv_bfloat162 = __nv_bfloat162;
/// The bits alone.
struct __nv_bfloat16_raw {
  unsigned short x;
  operator __nv_bfloat16() const { return __nv_bfloat16::of_bits(x); }
};

CONVICT_CONVERSIONS(__nv_bfloat16, __nv_bfloat162, convict_device::BfloatFormat, bfloat16,
                    bfloat162)
inline __nv_bfloat162 make_bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) { return {x, y}; }
