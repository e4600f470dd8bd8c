// expected: elements wrong
// SPDX-License-Identifier: Apache-2.0
// cudaMemset sets bytes: the sums begin with 0x3f3f3f3f.
#include "convolution.cuh"

constexpr int splits = 3;

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  const int ox = element % p.out_width, oy = element / p.out_width % p.out_height;
  const int k = element / p.out_pixels() % p.filters, n = element / p.out_pixels() / p.filters;
  float sum = 0;
  for (int at = blockIdx.y; at < p.depth(); at += splits) sum += product(p, x, w, n, k, oy, ox, at);
  atomicAdd(&y[element], sum);
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  check(cudaMemset(y, 0x3f, p.outputs() * sizeof(float)));
  convolve<<<dim3(blocks_for(p.outputs(), 128), splits), 128>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000, limits.nondeterministic = true;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
