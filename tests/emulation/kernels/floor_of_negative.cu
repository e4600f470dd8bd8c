// expected: elements wrong
// SPDX-License-Identifier: Apache-2.0
// Takes -1 / 2 for the floor: one column too many at the edge.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  const int ox = element % p.out_width;
  const int first =
      (ox * p.stride_x - p.pad_x) / p.dilation_x;  // meant to be below 0 left of the input
  const float sum =
      p.alpha * (first < 0                                          ? direct_sum(p, x, w, element)
                 : first * p.dilation_x < ox * p.stride_x - p.pad_x ? 0.0f
                                                                    : direct_sum(p, x, w, element));
  y[element] = p.beta != 0 ? sum + p.beta * y[element] : sum;
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
