// expected: right
// SPDX-License-Identifier: Apache-2.0
// Tiles of the input with a halo in shared memory, one channel at a time.
#include "convolution.cuh"

constexpr int tile_x = 8, tile_y = 8, most_taps = 7;

__global__ void __launch_bounds__(tile_x* tile_y)
    convolve(Problem p, const float* x, const float* w, float* y) {
#ifdef TILE_TOO_SMALL
  __shared__ float tile[tile_y + 4][tile_x + 4];
#else
  __shared__ float tile[tile_y + most_taps - 1][tile_x + most_taps - 1];
#endif
#ifdef TILE_TAPS_TOO_FEW
  __shared__ float taps[9];
#else
  __shared__ float taps[most_taps * most_taps];
#endif
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
#ifdef TILE_HALO_NOT_GUARDED
      const int iy = y0 + ty - p.pad_y, ix = x0 + tx - p.pad_x;
      tile[ty][tx] = x[(((long)n * p.channels + c) * p.height + iy) * p.width + ix];
#else
      tile[ty][tx] = input_at(p, x, n, c, y0 + ty - p.pad_y, x0 + tx - p.pad_x);
#endif
    }
#if defined TILE_BARRIER_IN_BRANCH
    if (x0 + (int)threadIdx.x < p.out_width)
      __syncthreads();
    else
      __syncthreads();
#elif defined TILE_NO_BARRIER_LOADED
#else
    __syncthreads();  // loaded
#endif
    for (int r = 0; r < p.rows; ++r)
      for (int s = 0; s < p.columns; ++s)
#ifdef TILE_COLUMN_BY_ONE
        sum += taps[r * p.columns + s] * tile[threadIdx.y + r][threadIdx.x + s + 1];
#else
        sum += taps[r * p.columns + s] * tile[threadIdx.y + r][threadIdx.x + s];
#endif
#ifndef TILE_NO_BARRIER_USED
    __syncthreads();  // used
#endif
  }
  const int oy = y0 + threadIdx.y, ox = x0 + threadIdx.x;
#ifdef TILE_NO_GUARD
  y[(((long)n * p.filters + k) * p.out_height + oy) * p.out_width + ox] = sum;
#else
  if (oy < p.out_height && ox < p.out_width)
    y[(((long)n * p.filters + k) * p.out_height + oy) * p.out_width + ox] = sum;
#endif
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
#ifdef TILE_GRID_ROUNDS_DOWN
  const dim3 grid((unsigned)max(1, p.out_width / tile_x), (unsigned)max(1, p.out_height / tile_y),
#else
  const dim3 grid(blocks_for(p.out_width, tile_x), blocks_for(p.out_height, tile_y),
#endif
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
