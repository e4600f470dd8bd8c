// expected: right
// SPDX-License-Identifier: Apache-2.0
// alpha and beta in the epilogue.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
#ifdef INDEX_OVERFLOW
  const long element = (signed char)(blockIdx.x * blockDim.x + threadIdx.x);
#else
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
#endif
  if (element >= p.outputs()) return;
#ifdef FLOOR_OF_NEGATIVE
  const int ox = element % p.out_width;
  const int first =
      (ox * p.stride_x - p.pad_x) / p.dilation_x;  // meant to be below 0 left of the input
  const float sum =
      p.alpha * (first < 0                                          ? direct_sum(p, x, w, element)
                 : first * p.dilation_x < ox * p.stride_x - p.pad_x ? 0.0f
                                                                    : direct_sum(p, x, w, element));
#else
  const float sum = p.alpha * direct_sum(p, x, w, element);
#endif
#if defined BLEND_BETA_IGNORED
  y[element] = sum;
#elif defined BLEND_READS_WHEN_BETA_IS_0
  y[element] = sum + p.beta * y[element];
#else
  y[element] = p.beta != 0 ? sum + p.beta * y[element] : sum;
#endif
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  convolve<<<blocks_for(p.outputs(), 128), 128>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.blends = true, limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
