// SPDX-License-Identifier: Apache-2.0
#pragma once

// Compiled by nvcc, and by g++ for tests that emulate a device's threads.

#include "gpu/toeplitz/columns.hpp"

namespace convict::gpu {

inline constexpr unsigned threads_per_block = 256;

/// The largest number of blocks, many times more than a device holds. With more work, each thread
/// computes several elements.
inline constexpr index_t most_blocks = index_t{1} << 20;

constexpr unsigned blocks_for(index_t threads) {
  const index_t blocks = ceil_div(threads, threads_per_block);
  return static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks);
}

/// The first element of a thread, which goes on in steps of the grid size.
__device__ inline index_t first_thread() {
  return static_cast<index_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline index_t all_threads() { return static_cast<index_t>(gridDim.x) * blockDim.x; }

template <class T>
__global__ void __launch_bounds__(threads_per_block, 6)
    im2col_kernel(const ColumnMap map, const T* __restrict__ x, T* __restrict__ columns) {
  for (index_t t = first_thread(); t < map.fill_threads(); t += all_threads())
    fill_column(map, t, x, columns);
}

template <class Accumulator, class Result>
__global__ void __launch_bounds__(threads_per_block, 4)
    col2im_kernel(const ColumnMap map, const Accumulator* __restrict__ columns,
                  const Scaling<Accumulator> scaling, Result* __restrict__ x) {
  for (index_t t = first_thread(); t < map.gather_threads(); t += all_threads())
    gather_element(map, t, columns, scaling, x);
}

}  // namespace convict::gpu
