// expected: right
// SPDX-License-Identifier: Apache-2.0
// Eight lanes sum an output; the mask names those that have one.
#include "convolution.cuh"

constexpr int lanes_of_output = 8, outputs_of_block = 12;  // 96 threads

__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  const int lane = threadIdx.x % lanes_of_output;
  const long element = (long)blockIdx.x * outputs_of_block + threadIdx.x / lanes_of_output;
  const bool is_output = element < p.outputs();
  const unsigned mask = __ballot_sync(0xffffffffu, is_output);
  if (!is_output) return;
  const int ox = element % p.out_width, oy = element / p.out_width % p.out_height;
  const int k = element / p.out_pixels() % p.filters, n = element / p.out_pixels() / p.filters;
  float sum = 0;
  for (int at = lane; at < p.depth(); at += lanes_of_output)
    sum += product(p, x, w, n, k, oy, ox, at);
  for (int half = lanes_of_output / 2; half > 0; half /= 2)
#if defined SHUFFLE_FULL_MASK_IN_BRANCH
    if (lane < half) sum += __shfl_down_sync(0xffffffffu, sum, half, lanes_of_output);
#elif defined SHUFFLE_OF_RETURNED_LANE
    sum += __shfl_down_sync(0xffffffffu, sum, 2 * lanes_of_output + half, 32);
#elif defined SHUFFLE_WIDTH_FORGOTTEN
    sum += __shfl_down_sync(mask, sum, 2 * half, 32);
#else
    sum += __shfl_down_sync(mask, sum, half, lanes_of_output);
#endif
  if (lane == 0) y[element] = sum;
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  convolve<<<blocks_for(p.outputs(), outputs_of_block), lanes_of_output * outputs_of_block>>>(p, x,
                                                                                              w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 20000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
