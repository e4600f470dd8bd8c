#include "gpu/kernels.hpp"

#include <vector>

#include "gpu/cudnn/rows.hpp"

namespace convict::gpu {

std::span<const Kernel> kernels() {
  static const std::vector<Kernel> rows = cudnn_rows();
  return rows;
}

}  // namespace convict::gpu
