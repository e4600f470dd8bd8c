// expected: behind the end | freed | no device memory | of another block
// SPDX-License-Identifier: Apache-2.0
// The pitch is in bytes, and taken for elements.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, char* rows, size_t pitch) {
  const int ox = blockIdx.x * blockDim.x + threadIdx.x;
  const long row = blockIdx.y;  // of all outputs
  if (ox >= p.out_width) return;
  float* const to = (float*)rows + row * pitch;
  to[ox] = direct_sum(p, x, w, row * p.out_width + ox);
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const long count = (long)p.batch * p.filters * p.out_height;
  char* rows = nullptr;
  size_t pitch = 0;
  const size_t width = p.out_width * sizeof(float);
  check(cudaMallocPitch((void**)&rows, &pitch, width, count));
  convolve<<<dim3(blocks_for(p.out_width, 32), (unsigned)count), 32>>>(p, x, w, rows, pitch);
  check(cudaGetLastError());
  check(cudaMemcpy2D(y, width, rows, pitch, width, count, cudaMemcpyDeviceToDevice));
  check(cudaFree(rows));
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
