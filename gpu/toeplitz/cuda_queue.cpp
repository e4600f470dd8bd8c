// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/cuda_queue.hpp"

#include <cassert>

#include "core/errors.hpp"
#include "gpu/runtime/runtime.hpp"
#include "gpu/toeplitz/call_workspace.hpp"
#include "gpu/toeplitz/toeplitz.hpp"

namespace convict::gpu {

void CudaQueue::im2col(const ColumnMap& map, Elements x, Elements columns) {
  launchers_.im2col(map, x, columns, stream_);
  require_launched("im2col");
}

void CudaQueue::col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x) {
  launchers_.col2im(map, columns, scale, x, stream_);
  require_launched("col2im");
}

void CudaQueue::require_launched(const char* kernel) const {
  const cudaError_t status = launchers_.error();
  if (status != cudaSuccess) throw KernelError(words_of(kernel, status));
}

void call_toeplitz(const ToeplitzPlan& plan, Blas* blas, const Buffers& buffers,
                   const Launchers& launchers) {
  assert(buffers.workspace_bytes >= call_workspace(plan));
  const auto memory = [](void* data) { return static_cast<std::byte*>(data); };
  auto* const stream = static_cast<cudaStream_t>(buffers.stream);
  std::byte* workspace = nullptr;
  if (plan.needs_products()) {
    const CallWorkspace parts = carve(memory(buffers.workspace));
    blas->use(stream, parts.blas, blas_workspace_bytes);
    workspace = parts.toeplitz;
  }
  CudaQueue queue(blas, stream, launchers);
  enqueue_toeplitz(
      plan, {memory(buffers.input), memory(buffers.filters), memory(buffers.output), workspace},
      queue);
}

}  // namespace convict::gpu
