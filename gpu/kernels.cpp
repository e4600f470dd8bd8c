#include "gpu/kernels.hpp"

#include "gpu/toeplitz/rows.hpp"

namespace convict::gpu {

std::span<const Kernel> kernels() {
  static const Kernel table[] = {
      corr_mm(),
      corr3d_mm(),
      corr_mm_tensor_core(),
      corr3d_mm_tensor_core(),
  };
  return table;
}

}  // namespace convict::gpu
