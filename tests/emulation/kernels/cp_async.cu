// expected: right
// SPDX-License-Identifier: Apache-2.0
// Two buffers that asynchronous copies fill in turn.
#include <cuda_pipeline.h>

#include "convolution.cuh"

constexpr int threads = 64, step = 16;

/// Sums over channels of 1x1 filters; the next step's inputs are copied while this one is summed.
__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ float inputs[2][step][threads];
  const int pixels = p.out_pixels(), t = threadIdx.x;
  const int pixel = blockIdx.x * threads + t, k = blockIdx.y, n = blockIdx.z;
  const int steps = (p.channels + step - 1) / step;
  const auto load = [&](int number) {
    for (int i = 0; i < step; ++i) {
      const int c = number * step + i;
      // What another thread uses is loaded, so that barriers matter.
      const int other = blockIdx.x * threads + threads - 1 - t;
      const bool is_there = c < p.channels && other < pixels;
      const float* const from =
          x + ((long)n * p.channels + (is_there ? c : 0)) * pixels + (is_there ? other : 0);
      __pipeline_memcpy_async(&inputs[number % 2][i][threads - 1 - t], from, 4, is_there ? 0 : 4);
    }
    __pipeline_commit();
  };
  float sum = 0;
  load(0);
  for (int number = 0; number < steps; ++number) {
    if (number + 1 < steps) load(number + 1);
#if defined CP_ASYNC_NO_WAIT
#elif defined CP_ASYNC_WAIT_BY_ONE
    __pipeline_wait_prior(1);
#else
    __pipeline_wait_prior(number + 1 < steps ? 1 : 0);
#endif
#ifndef CP_ASYNC_NO_BARRIER_COPIED
    __syncthreads();  // copied
#endif
    for (int i = 0; i < step && number * step + i < p.channels; ++i)
      sum += w[(long)k * p.channels + number * step + i] * inputs[number % 2][i][t];
#ifndef CP_ASYNC_NO_BARRIER_USED
    __syncthreads();  // used
#endif
  }
  if (pixel < pixels) y[((long)n * p.filters + k) * pixels + pixel] = sum;
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  convolve<<<dim3(blocks_for(p.out_pixels(), threads), p.filters, p.batch), threads>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.only_1x1 = true;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
