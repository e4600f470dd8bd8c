#include "gpu/kernels.hpp"

#include "gpu/implicit_gemm/implicit_gemm.hpp"

namespace convict::gpu {

std::span<const Kernel> kernels() {
  static const Kernel table[] = {
      implicit_gemm_row(),
  };
  return table;
}

}  // namespace convict::gpu
