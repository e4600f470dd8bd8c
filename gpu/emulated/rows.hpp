// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "gpu/implicit_gemm/implicit_gemm.hpp"
#include "gpu/toeplitz/entries.hpp"

namespace convict::gpu {

/// The kernels for a GPU whose device code is in this project, as gpu/emulated/rows.cu offers them
/// for the emulated device.
inline std::vector<Kernel> own_kernels() {
  return {corr_mm(), corr3d_mm(), corr_mm_tensor_core(), corr3d_mm_tensor_core(),
          implicit_gemm_kernel()};
}

}  // namespace convict::gpu
