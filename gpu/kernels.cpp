// SPDX-License-Identifier: Apache-2.0
#include "gpu/kernels.hpp"

#include <vector>

#include "gpu/cudnn/entries.hpp"
#include "gpu/implicit_gemm/implicit_gemm.hpp"
#include "gpu/toeplitz/entries.hpp"

namespace convict::gpu {

std::span<const Kernel> kernels() {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> all = cudnn_kernels();
    for (Kernel& kernel : std::vector{corr_mm(), corr3d_mm(), corr_mm_tensor_core(),
                                      corr3d_mm_tensor_core(), implicit_gemm_kernel()})
      all.push_back(std::move(kernel));
    return all;
  }();
  return kernels;
}

}  // namespace convict::gpu
