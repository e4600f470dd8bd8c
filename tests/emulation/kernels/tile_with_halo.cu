// expected: right
// SPDX-License-Identifier: Apache-2.0
// Tiles of the input with a halo in shared memory, one channel at a time.
#include "convolution.cuh"

constexpr int tile_x = 8, tile_y = 8, most_taps = 7;

__global__ void __launch_bounds__(tile_x* tile_y)
    convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ float tile[tile_y + most_taps - 1][tile_x + most_taps - 1];
  __shared__ float taps[most_taps * most_taps];
  const int x0 = blockIdx.x * tile_x, y0 = blockIdx.y * tile_y;
  const int k = blockIdx.z % p.filters, n = blockIdx.z / p.filters;
  const int thread = threadIdx.y * tile_x + threadIdx.x, threads = tile_x * tile_y;
  const int rows = tile_y + p.rows - 1, columns = tile_x + p.columns - 1;
  float sum = 0;
  for (int c = 0; c < p.channels; ++c) {
    for (int at = thread; at < p.taps(); at += threads)
      taps[at] = w[((long)k * p.channels + c) * p.taps() + at];
    for (int at = thread; at < rows * columns; at += threads) {
      const int ty = at / columns, tx = at % columns;
      tile[ty][tx] = input_at(p, x, n, c, y0 + ty - p.pad_y, x0 + tx - p.pad_x);
    }
    __syncthreads();  // loaded
    for (int r = 0; r < p.rows; ++r)
      for (int s = 0; s < p.columns; ++s)
        sum += taps[r * p.columns + s] * tile[threadIdx.y + r][threadIdx.x + s];
    __syncthreads();  // used
  }
  const int oy = y0 + threadIdx.y, ox = x0 + threadIdx.x;
  if (oy < p.out_height && ox < p.out_width)
    y[(((long)n * p.filters + k) * p.out_height + oy) * p.out_width + ox] = sum;
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const dim3 grid(blocks_for(p.out_width, tile_x), blocks_for(p.out_height, tile_y),
                  p.batch * p.filters);
  convolve<<<grid, dim3(tile_x, tile_y)>>>(p, x, w, y);
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.rows = limits.columns = most_taps, limits.unit_stride = true, limits.outputs = 60000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
