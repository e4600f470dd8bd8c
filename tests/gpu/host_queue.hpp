#pragma once

#include "gpu/toeplitz/queue.hpp"

namespace convict {

/// Carries out the steps of the GPU rows in host memory: each thread's work in a loop, products
/// from their definition, summed in double. Throws std::logic_error at a step that no GPU could
/// take: a size below 1, a stride below a row, types that do not go together.
class HostQueue : public gpu::Queue {
 public:
  void im2col(const gpu::ColumnMap& map, gpu::Elements x, gpu::Elements columns) override;
  void multiply(const gpu::Products& products) override;
  void col2im(const gpu::ColumnMap& map, gpu::Elements columns, gpu::Scale scale,
              gpu::Elements x) override;
};

}  // namespace convict
