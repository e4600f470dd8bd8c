// SPDX-License-Identifier: Apache-2.0
#include "gpu/implicit_gemm/dynamic_shared.cuh"
#include "gpu/implicit_gemm/kernel.cuh"
#include "gpu/implicit_gemm/launch.hpp"
#include "gpu/runtime/runtime.hpp"

namespace convict::gpu::implicit_gemm {

void launch_on_device(const Step& step, const Call& call) {
  const auto stream = static_cast<cudaStream_t>(call.stream);
  start_step<Tiles<F32Tile, F32LowTile>, Tiles<F64Tile, F64LowTile>>(
      step, call, [stream](const Grid& grid, auto kernel, auto... arguments) {
        kernel<<<grid.blocks, grid.threads, grid.shared_bytes, stream>>>(arguments...);
        require(cudaPeekAtLastError(), "launching gpu.implicit_gemm");
      });
}

}  // namespace convict::gpu::implicit_gemm
