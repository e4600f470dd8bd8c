// expected: right
// SPDX-License-Identifier: Apache-2.0
// A block sums one output: a tree in shared memory, whose last steps are of one warp.
#include "convolution.cuh"

constexpr int threads = 128;

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ float part[threads];
  const long element = blockIdx.x;
  const int ox = element % p.out_width, oy = element / p.out_width % p.out_height;
  const int k = element / p.out_pixels() % p.filters, n = element / p.out_pixels() / p.filters;
  const int t = threadIdx.x;
  float sum = 0;
#ifdef BLOCK_SUM_HALF_OF_BLOCK
  for (int at = t + 1; at < p.depth(); at += threads) sum += product(p, x, w, n, k, oy, ox, at);
#else
  for (int at = t; at < p.depth(); at += threads) sum += product(p, x, w, n, k, oy, ox, at);
#endif
  part[t] = sum;
  __syncthreads();
  for (int half = threads / 2; half >= 32; half /= 2) {
#ifdef BLOCK_SUM_INDEX_BY_ONE
    if (t < half) part[t] += part[t + half + 1];
#else
    if (t < half) part[t] += part[t + half];
#endif
#ifndef BLOCK_SUM_NO_BARRIER_IN_LOOP
    __syncthreads();
#endif
  }
  if (t < 16) {
    for (int half = 16; half > 0; half /= 2) {
      const float other = part[t + half];
#ifndef BLOCK_SUM_NO_SYNCWARP
      __syncwarp(0x0000ffff);
#endif
      part[t] += other;
#ifndef BLOCK_SUM_NO_SYNCWARP
      __syncwarp(0x0000ffff);
#endif
    }
    if (t == 0) y[element] = part[0];
  }
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  convolve<<<(unsigned)p.outputs(), threads>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 3000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
