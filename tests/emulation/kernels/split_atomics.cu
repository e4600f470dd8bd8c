// expected: right
// SPDX-License-Identifier: Apache-2.0
// Blocks share the sum of an output and add with atomics.
#include "convolution.cuh"

constexpr int splits = 3;

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const long element = (long)blockIdx.x * blockDim.x + threadIdx.x;
  if (element >= p.outputs()) return;
  const int ox = element % p.out_width, oy = element / p.out_width % p.out_height;
  const int k = element / p.out_pixels() % p.filters, n = element / p.out_pixels() / p.filters;
  float sum = 0;
  for (int at = blockIdx.y; at < p.depth(); at += splits) sum += product(p, x, w, n, k, oy, ox, at);
#ifdef SPLIT_WITHOUT_ATOMICS
  y[element] += sum;
#else
  atomicAdd(&y[element], sum);
#endif
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
#if defined MEMSET_OF_FLOATS
  check(cudaMemset(y, 0x3f, p.outputs() * sizeof(float)));
#elif defined SPLIT_CLEARED_IN_PART
  check(cudaMemset(y, 0, p.outputs()));
#elif defined SPLIT_NOT_CLEARED
#else
  check(cudaMemset(y, 0, p.outputs() * sizeof(float)));
#endif
  convolve<<<dim3(blocks_for(p.outputs(), 128), splits), 128>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000, limits.nondeterministic = true;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
