// expected: elements wrong | never written | uninitialized memory
// SPDX-License-Identifier: Apache-2.0
// The counter is cleared for the first call only.
#include "convolution.cuh"

__device__ unsigned next_row = 0;

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ unsigned row;
  const unsigned rows = p.batch * p.filters * p.out_height;
  for (;;) {
    if (threadIdx.x == 0) row = atomicAdd(&next_row, 1);
    __syncthreads();
    const unsigned mine = row;
    __syncthreads();
    if (mine >= rows) return;
    for (int ox = threadIdx.x; ox < p.out_width; ox += blockDim.x) {
      const long element = (long)mine * p.out_width + ox;
      y[element] = direct_sum(p, x, w, element);
    }
  }
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const unsigned zero = 0;
  (void)zero;
  convolve<<<5, 64>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
