// expected: right
// SPDX-License-Identifier: Apache-2.0
// Cooperative groups: tiles of a warp and the barrier of the grid.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>

#include "convolution.cuh"

namespace cg = cooperative_groups;

/// A tile of 16 threads sums a part of an output; after the barrier of the grid the parts are
/// added.
__global__ void convolve(Problem p, const float* x, const float* w, float* parts, float* y,
                         int splits) {
  const auto grid = cg::this_grid();
  const auto tile = cg::tiled_partition<16>(cg::this_thread_block());
  const long tiles = grid.size() / tile.size(), outputs = p.outputs();
  for (long part = grid.thread_rank() / tile.size(); part < outputs * splits; part += tiles) {
    const long element = part % outputs;
    const int ox = element % p.out_width, oy = element / p.out_width % p.out_height;
    const int k = element / p.out_pixels() % p.filters, n = element / p.out_pixels() / p.filters;
    float sum = 0;
    for (int at = part / outputs + splits * tile.thread_rank(); at < p.depth();
         at += splits * tile.size())
      sum += product(p, x, w, n, k, oy, ox, at);
    sum = cg::reduce(tile, sum, cg::plus<float>());
    if (tile.thread_rank() == 0) parts[part] = sum;
  }
#ifdef GROUPS_NO_GRID_SYNC
  __syncthreads();
#else
  grid.sync();
#endif
  for (long element = grid.thread_rank(); element < outputs; element += grid.size()) {
    float sum = 0;
    for (int split = 0; split < splits; ++split) sum += parts[split * outputs + element];
    y[element] = sum;
  }
}

static void forward(const Problem& p, const float* x, const float* w, float* y) {
  int splits = 3, resident = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, convolve, 64, 0));
  const DeviceArray parts(p.outputs() * splits);
  Problem problem = p;
  float* scratch = parts.get();
  void* arguments[] = {&problem, &x, &w, &scratch, &y, &splits};
#ifdef GROUPS_NOT_COOPERATIVE
  check(cudaLaunchKernel((const void*)convolve, dim3(resident < 4 ? resident : 4), dim3(64),
                         arguments, 0, nullptr));
#else
  check(cudaLaunchCooperativeKernel((const void*)convolve, dim3(resident < 4 ? resident : 4),
                                    dim3(64), arguments, 0, nullptr));
#endif
}

static Limits limits() {
  Limits limits;
  limits.outputs = 4000;
  return limits;
}
FORWARD_ON_DEVICE(forward, limits())
