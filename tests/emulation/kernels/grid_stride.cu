// expected: right
// SPDX-License-Identifier: Apache-2.0
// A grid of fixed size strides over the outputs; a template in a namespace, launched by a macro.
#include "convolution.cuh"

namespace kernels {
template <int unroll>
__global__ void convolve(Problem p, const float* __restrict__ x, const float* __restrict__ w,
                         float* y) {
  const long step = (long)gridDim.x * blockDim.x;
#pragma unroll
  for (int part = 0; part < unroll; ++part)
    for (long element = (long)blockIdx.x * blockDim.x + threadIdx.x + part * step;
#ifdef GRID_STRIDE_OVERLAP
         element < p.outputs(); element += step)
      y[element] = part + direct_sum(p, x, w, element);
#else
         element < p.outputs(); element += unroll * step)
      y[element] = direct_sum(p, x, w, element);
#endif
}
}  // namespace kernels

#define LAUNCH(kernel, grid, block, ...)  \
  do {                                    \
    kernel<<<grid, block>>>(__VA_ARGS__); \
    check(cudaGetLastError());            \
  } while (0)

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  LAUNCH(kernels::convolve<2>, 3, 64, p, x, w, y);
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
