// SPDX-License-Identifier: Apache-2.0
#include "gpu/projection/kernel.cuh"
#include "gpu/projection/launch.hpp"
#include "gpu/runtime/runtime.hpp"

namespace convict::gpu::projection {

void launch_on_device(const Grid& grid, const Step& step, void* stream) {
  const auto queue = static_cast<cudaStream_t>(stream);
  start_step(grid, step, [queue](const Grid& size, auto kernel, const auto& argument) {
    kernel<<<size.blocks, size.threads, 0, queue>>>(argument);
    require(cudaPeekAtLastError(), "launching a projection");
  });
}

}  // namespace convict::gpu::projection
