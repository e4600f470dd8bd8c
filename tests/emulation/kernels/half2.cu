// expected: right
// SPDX-License-Identifier: Apache-2.0
// Operands rounded to half, read in pairs.
#include <cuda_fp16.h>

#include "convolution.cuh"

__global__ void to_half(long count, const float* from, __half* to) {
  const long at = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at < count) to[at] = __float2half_rn(from[at]);
}
/// Two channels at once; the sum is of float.
__global__ void convolve(Problem p, const __half* x, const __half* w, float* y) {
  const int pixels = p.out_pixels();
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  const int pixel = element % pixels, k = element / pixels % p.filters,
            n = element / pixels / p.filters;
  const __half* const from = x + (long)n * p.channels * pixels + pixel;
  const __half* const filter = w + (long)k * p.channels;
  const bool pairs = p.channels % 2 == 0;
  float sum = 0;
  int c = 0;
  for (; pairs && c < p.channels; c += 2) {
    const float2 a =
        __half22float2(__halves2half2(from[(long)c * pixels], from[(long)(c + 1) * pixels]));
    const float2 f = __half22float2(*reinterpret_cast<const __half2*>(filter + c));
    sum = fmaf(a.x, f.x, sum);
    sum = fmaf(a.y, f.y, sum);
  }
  for (; c < p.channels; ++c)
    sum = fmaf(__half2float(from[(long)c * pixels]), __half2float(filter[c]), sum);
  y[element] = sum;
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const DeviceArray hx((p.inputs() + 1) / 2), hw((p.weights() + 1) / 2);
  to_half<<<blocks_for(p.inputs(), 128), 128>>>(p.inputs(), x, (__half*)hx.get());
  to_half<<<blocks_for(p.weights(), 128), 128>>>(p.weights(), w, (__half*)hw.get());
  convolve<<<blocks_for(p.outputs(), 128), 128>>>(p, (const __half*)hx.get(),
                                                  (const __half*)hw.get(), y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.only_1x1 = true, limits.input_rounding = CONVICT_F16;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
