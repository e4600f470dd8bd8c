// expected: right
// SPDX-License-Identifier: Apache-2.0
// The rows of the output lie in pitched memory.
#include "convolution.cuh"

__global__ void convolve(Problem p, const float* x, const float* w, char* rows, size_t pitch) {
  const int ox = blockIdx.x * blockDim.x + threadIdx.x;
  const long row = blockIdx.y;  // of all outputs
  if (ox >= p.out_width) return;
#ifdef PITCH_IN_ELEMENTS
  float* const to = (float*)rows + row * pitch;
#else
  float* const to = (float*)(rows + row * pitch);
#endif
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
#ifdef PITCH_FORGOTTEN
  check(cudaMemcpy2D(y, width, rows, width, width, count, cudaMemcpyDeviceToDevice));
#else
  check(cudaMemcpy2D(y, width, rows, pitch, width, count, cudaMemcpyDeviceToDevice));
#endif
  check(cudaFree(rows));
}

static Limits limits() {
  Limits limits;
  limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
