// expected: right
// SPDX-License-Identifier: Apache-2.0
// Results and a counter in managed memory.
#include "convolution.cuh"

__managed__ int rows_done;

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  y[element] = direct_sum(p, x, w, element);
  if (element % p.out_width == 0) atomicAdd(&rows_done, 1);
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  float* both = nullptr;
  check(cudaMallocManaged(&both, p.outputs() * sizeof(float)));
  rows_done = 0;
  convolve<<<blocks_for(p.outputs(), 64), 64>>>(p, x, w, both);
  check(cudaGetLastError());
#ifndef MANAGED_NOT_SYNCHRONIZED
  check(cudaDeviceSynchronize());
#endif
  if (rows_done != p.batch * p.filters * p.out_height)
    throw std::runtime_error("not all rows were computed");
  std::vector<float> copy(both, both + p.outputs());
  check(cudaMemcpy(y, copy.data(), p.outputs() * sizeof(float), cudaMemcpyHostToDevice));
  check(cudaFree(both));
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
