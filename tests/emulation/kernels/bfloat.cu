// expected: right
// SPDX-License-Identifier: Apache-2.0
// Operands rounded to bfloat16, read in pairs.
#include <cuda_bf16.h>

#include "convolution.cuh"

__global__ void to_bfloat(long count, const float* from, __nv_bfloat16* to) {
  const long at = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at < count) to[at] = __float2bfloat16_rn(from[at]);
}
/// Two channels at once; the sum is of float.
__global__ void convolve(Problem p, const __nv_bfloat16* x, const __nv_bfloat16* w, float* y) {
  const int pixels = p.out_pixels();
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  const int pixel = element % pixels, k = element / pixels % p.filters,
            n = element / pixels / p.filters;
  const __nv_bfloat16* const from = x + (long)n * p.channels * pixels + pixel;
  const __nv_bfloat16* const filter = w + (long)k * p.channels;
#ifdef BFLOAT_MISALIGNED
  const bool pairs = p.channels > 1;
#else
  const bool pairs = p.channels % 2 == 0;
#endif
  float sum = 0;
  int c = 0;
#ifdef BFLOAT_MISALIGNED
  for (; pairs && c + 1 < p.channels; c += 2) {
#else
  for (; pairs && c < p.channels; c += 2) {
#endif
    const float2 a = __bfloat1622float2(
        __halves2bfloat162(from[(long)c * pixels], from[(long)(c + 1) * pixels]));
    const float2 f = __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(filter + c));
    sum = fmaf(a.x, f.x, sum);
    sum = fmaf(a.y, f.y, sum);
  }
  for (; c < p.channels; ++c)
    sum = fmaf(__bfloat162float(from[(long)c * pixels]), __bfloat162float(filter[c]), sum);
  y[element] = sum;
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const DeviceArray hx((p.inputs() + 1) / 2), hw((p.weights() + 1) / 2);
  to_bfloat<<<blocks_for(p.inputs(), 128), 128>>>(p.inputs(), x, (__nv_bfloat16*)hx.get());
  to_bfloat<<<blocks_for(p.weights(), 128), 128>>>(p.weights(), w, (__nv_bfloat16*)hw.get());
  convolve<<<blocks_for(p.outputs(), 128), 128>>>(p, (const __nv_bfloat16*)hx.get(),
                                                  (const __nv_bfloat16*)hw.get(), y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.only_1x1 = true, limits.input_rounding = CONVICT_BF16;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
