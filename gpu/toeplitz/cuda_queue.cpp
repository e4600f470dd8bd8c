#include "gpu/toeplitz/cuda_queue.hpp"

#include "core/errors.hpp"
#include "gpu/runtime/runtime.hpp"

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

}  // namespace convict::gpu
