// expected: never written
// SPDX-License-Identifier: Apache-2.0
// Threads return before they have loaded their part of the filter.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  extern __shared__ float filter[];
  const int k = blockIdx.y, n = blockIdx.z;
  const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
  if (pixel >= p.out_pixels()) return;
  for (int at = threadIdx.x; at < p.depth(); at += blockDim.x)
    filter[at] = w[(long)k * p.depth() + at];
  __syncthreads();
  float sum = 0;
  for (int at = 0; at < p.depth(); ++at) {
    const int s = at % p.columns, r = at / p.columns % p.rows, c = at / p.taps();
    sum += filter[at] * input_at(p, x, n, c,
                                 pixel / p.out_width * p.stride_y - p.pad_y + r * p.dilation_y,
                                 pixel % p.out_width * p.stride_x - p.pad_x + s * p.dilation_x);
  }
  y[((long)n * p.filters + k) * p.out_pixels() + pixel] = sum;
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  convolve<<<dim3(blocks_for(p.out_pixels(), 96), p.filters, p.batch), 96,
             p.depth() * sizeof(float)>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.depth = 4000, limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
