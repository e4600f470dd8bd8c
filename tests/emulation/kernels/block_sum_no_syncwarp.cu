// expected: race in kernel convolve on shared memory
// SPDX-License-Identifier: Apache-2.0
// The last steps trust in lanes that run in step.
#include "convolution.cuh"

constexpr int threads = 128;

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ float part[threads];
  const long element = blockIdx.x;
  const int ox = element % p.out_width, oy = element / p.out_width % p.out_height;
  const int k = element / p.out_pixels() % p.filters, n = element / p.out_pixels() / p.filters;
  const int t = threadIdx.x;
  float sum = 0;
  for (int at = t; at < p.depth(); at += threads) sum += product(p, x, w, n, k, oy, ox, at);
  part[t] = sum;
  __syncthreads();
  for (int half = threads / 2; half >= 32; half /= 2) {
    if (t < half) part[t] += part[t + half];
    __syncthreads();
  }
  if (t < 16) {
    for (int half = 16; half > 0; half /= 2) {
      const float other = part[t + half];
      part[t] += other;
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
