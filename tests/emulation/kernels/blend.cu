// expected: right
// SPDX-License-Identifier: Apache-2.0
// alpha and beta in the epilogue.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  const float sum = p.alpha * direct_sum(p, x, w, element);
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
