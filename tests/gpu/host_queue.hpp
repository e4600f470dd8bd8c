// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/toeplitz/queue.hpp"

namespace convict {

/// Executes the steps of the GPU's GEMM kernels in host memory: the threads of a kernel in a loop,
/// products by their definition, summed in double. Throws std::logic_error for a step that a GPU
/// could not execute: a size below 1, a stride shorter than a row of the matrix, types that do not
/// match.
class HostQueue : public gpu::Queue {
 public:
  void im2col(const gpu::ColumnMap& map, gpu::Elements x, gpu::Elements columns) override;
  void multiply(const gpu::Products& products) override;
  void col2im(const gpu::ColumnMap& map, gpu::Elements columns, gpu::Scale scale,
              gpu::Elements x) override;
};

}  // namespace convict
