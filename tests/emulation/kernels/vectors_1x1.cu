// expected: right
// SPDX-License-Identifier: Apache-2.0
// Filters of one tap: vectors of four where the planes allow it.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const int pixels = p.out_pixels(), quads = (pixels + 3) / 4;
  const long at = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= (long)quads * p.filters * p.batch) return;
  const int q = at % quads, k = at / quads % p.filters, n = at / quads / p.filters;
#if defined VECTORS_BEYOND_END
  const bool whole = true;
#elif defined VECTORS_MISALIGNED
  const bool whole = pixels >= 4 && 4 * q + 3 < pixels;
#else
  const bool whole = pixels % 4 == 0;
#endif
  float4 sum = make_float4(0, 0, 0, 0);
  for (int c = 0; c < p.channels; ++c) {
    const float f = w[k * p.channels + c];
    const float* const from = x + ((long)n * p.channels + c) * pixels + 4 * q;
    float4 v = make_float4(0, 0, 0, 0);
    if (whole) {
      v = *reinterpret_cast<const float4*>(from);
    } else {
      v.x = from[0];
      if (4 * q + 1 < pixels) v.y = from[1];
      if (4 * q + 2 < pixels) v.z = from[2];
      if (4 * q + 3 < pixels) v.w = from[3];
    }
    sum.x += f * v.x, sum.y += f * v.y, sum.z += f * v.z, sum.w += f * v.w;
  }
  float* const to = y + ((long)n * p.filters + k) * pixels + 4 * q;
  if (whole) {
    *reinterpret_cast<float4*>(to) = sum;
  } else {
    const float values[4] = {sum.x, sum.y, sum.z, sum.w};
    for (int i = 0; i < 4 && 4 * q + i < pixels; ++i) to[i] = values[i];
  }
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const long threads = (long)((p.out_pixels() + 3) / 4) * p.filters * p.batch;
  convolve<<<blocks_for(threads, 64), 64>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.only_1x1 = true;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
