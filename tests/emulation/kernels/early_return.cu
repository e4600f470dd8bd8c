// expected: right
// SPDX-License-Identifier: Apache-2.0
// A filter in dynamic shared memory; threads beyond the output return early.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  extern __shared__ float filter[];
  const int k = blockIdx.y, n = blockIdx.z;
#ifdef EARLY_RETURN_BEFORE_LOAD
  const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
  if (pixel >= p.out_pixels()) return;
#endif
  for (int at = threadIdx.x; at < p.depth(); at += blockDim.x)
    filter[at] = w[(long)k * p.depth() + at];
  __syncthreads();
#ifndef EARLY_RETURN_BEFORE_LOAD
  const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
  if (pixel >= p.out_pixels()) return;
#endif
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
#ifdef HOST_POINTER_IN_KERNEL
  std::vector<float> filters(p.weights());
  check(cudaMemcpy(filters.data(), w, p.weights() * sizeof(float), cudaMemcpyDeviceToHost));
#endif
#if defined DYNAMIC_BYTES_ARE_ELEMENTS
  convolve<<<dim3(blocks_for(p.out_pixels(), 96), p.filters, p.batch), 96, p.depth()>>>(p, x, w, y);
  check(cudaGetLastError());
#elif defined HOST_POINTER_IN_KERNEL
  convolve<<<dim3(blocks_for(p.out_pixels(), 96), p.filters, p.batch), 96,
             p.depth() * sizeof(float)>>>(p, x, filters.data(), y);
  check(cudaGetLastError());
#elif defined LAUNCH_TOO_MANY_THREADS
  convolve<<<dim3(blocks_for(p.out_pixels(), 96), p.filters, p.batch), 1056,
             p.depth() * sizeof(float)>>>(p, x, w, y);
#elif defined LAUNCH_TOO_MUCH_SHARED
  convolve<<<dim3(blocks_for(p.out_pixels(), 96), p.filters, p.batch), 96,
             p.depth() * sizeof(float) + 50000>>>(p, x, w, y);
#else
  convolve<<<dim3(blocks_for(p.out_pixels(), 96), p.filters, p.batch), 96,
             p.depth() * sizeof(float)>>>(p, x, w, y);
  check(cudaGetLastError());
#endif
}

static Limits limits() {
  Limits limits;
  limits.depth = 4000, limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
