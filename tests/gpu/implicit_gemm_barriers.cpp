// SPDX-License-Identifier: Apache-2.0
// The kernels of gpu.implicit_gemm compiled again, with barriers that can be removed. The tiles are
// types of this file, so that the functions instantiated from them are, too.

#include <algorithm>
#include <set>

#include "tests/gpu/cuda_on_cpu.hpp"
#include "tests/gpu/implicit_gemm_on_cpu.hpp"

namespace {

std::set<unsigned> barrier_lines;
int barrier_to_remove = -1;

void barrier_unless_removed(std::source_location site = std::source_location::current()) {
  const auto line = barrier_lines.insert(site.line()).first;
  if (std::distance(barrier_lines.begin(), line) != barrier_to_remove) __syncthreads(site);
}

}  // namespace

#define __syncthreads() barrier_unless_removed()
#include "gpu/implicit_gemm/kernel.cuh"
#include "gpu/implicit_gemm/launch.hpp"

namespace convict::implicit_gemm_on_cpu {
namespace {

using namespace gpu::implicit_gemm;

struct OwnF32 : Tile<float, 4, 4, 4, 2, 2, 2> {};
struct OwnF64 : Tile<double, 4, 4, 4, 2, 2, 2> {};

void launch_without_barrier(const Step& step, const Call& call) {
  start_step<Tiles<OwnF32, OwnF32>, Tiles<OwnF64, OwnF64>>(
      step, call, [](const Grid& grid, auto kernel, const auto& product, const auto& operands) {
        run_on_cpu(grid, [&] { kernel(product, operands); });
      });
}

}  // namespace

Engine engine_without_barrier(int barrier) {
  barrier_to_remove = barrier;
  return {.f32 = tilings_of<OwnF32, OwnF32>(),
          .f64 = tilings_of<OwnF64, OwnF64>(),
          .launch = launch_without_barrier,
          .absent = nullptr};
}

int barriers_met() { return static_cast<int>(barrier_lines.size()); }

}  // namespace convict::implicit_gemm_on_cpu
