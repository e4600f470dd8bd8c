// expected: right
// SPDX-License-Identifier: Apache-2.0
// An implicit product of matrices with wmma.
#include <cuda_bf16.h>
#include <mma.h>

#include "convolution.cuh"

using namespace nvcuda;
#ifdef WMMA_UNALIGNED_LEADING
constexpr int tile = 16, leading = tile + 1;  // rows of shared memory with a pad
#else
constexpr int tile = 16, leading = tile + 8;  // rows of shared memory with a pad
#endif

/// A warp computes 16 filters at 16 outputs: W (filters x depth) times the unfolded input.
__global__ void convolve(Problem p, const float* x, const float* w, float* y) {
  __shared__ alignas(32) __nv_bfloat16 filters[tile * leading], inputs[tile * leading];
  __shared__ alignas(32) float sums[tile * tile];
  const int lane = threadIdx.x, first_k = blockIdx.y * tile;
  const long outputs = (long)p.batch * p.out_pixels(), first = (long)blockIdx.x * tile;
  wmma::fragment<wmma::accumulator, tile, tile, tile, float> sum;
  wmma::fill_fragment(sum, 0.0f);
  for (int start = 0; start < p.depth(); start += tile) {
    for (int i = lane; i < tile * tile; i += 32) {
      const int row = i / tile, at = start + i % tile;
      const bool is_filter = first_k + row < p.filters && at < p.depth();
      filters[row * leading + i % tile] =
          __float2bfloat16(is_filter ? w[(long)(first_k + row) * p.depth() + at] : 0.0f);
      const long output = first + row;
      float value = 0;
      if (output < outputs && at < p.depth()) {
        const int pixel = output % p.out_pixels(), n = output / p.out_pixels();
        const int s = at % p.columns, r = at / p.columns % p.rows;
        value = input_at(p, x, n, at / p.taps(),
                         pixel / p.out_width * p.stride_y - p.pad_y + r * p.dilation_y,
                         pixel % p.out_width * p.stride_x - p.pad_x + s * p.dilation_x);
      }
      inputs[row * leading + i % tile] = __float2bfloat16(value);
    }
    __syncwarp();
    wmma::fragment<wmma::matrix_a, tile, tile, tile, __nv_bfloat16, wmma::row_major> a;
    wmma::fragment<wmma::matrix_b, tile, tile, tile, __nv_bfloat16, wmma::col_major> b;
    wmma::load_matrix_sync(a, filters, leading);
#ifdef WMMA_LEADING_DIMENSION
    wmma::load_matrix_sync(b, inputs, tile);
#else
    wmma::load_matrix_sync(b, inputs, leading);
#endif
    wmma::mma_sync(sum, a, b, sum);
    __syncwarp();
  }
  for (int i = 0; i < sum.num_elements; ++i) sum.x[i] = p.alpha * sum.x[i];
  wmma::store_matrix_sync(sums, sum, tile, wmma::mem_row_major);
  __syncwarp();
  for (int i = lane; i < tile * tile; i += 32) {
    const int k = first_k + i / tile;
    const long output = first + i % tile;
    if (k < p.filters && output < outputs)
      y[(output / p.out_pixels() * p.filters + k) * p.out_pixels() + output % p.out_pixels()] =
          sums[i];
  }
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  const long outputs = (long)p.batch * p.out_pixels();
#ifdef WMMA_PART_OF_WARP
  convolve<<<dim3(blocks_for(outputs, tile), blocks_for(p.filters, tile)), 24>>>(p, x, w, y);
#else
  convolve<<<dim3(blocks_for(outputs, tile), blocks_for(p.filters, tile)), 32>>>(p, x, w, y);
#endif
  check(cudaGetLastError());
}

static Limits limits() {
  Limits limits;
  limits.outputs = 30000, limits.input_rounding = CONVICT_BF16;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
