// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "gpu/toeplitz/plan.hpp"

namespace convict::gpu {

/// The workspace that cuBLAS gets, so that it allocates none: the size that it would choose itself
/// on Hopper (cuBLAS documentation, cublasSetWorkspace).
inline constexpr std::size_t blas_workspace_bytes = std::size_t{32} << 20;

/// The bytes that a call uses, exactly, wherever its workspace starts.
std::size_t call_workspace(const ToeplitzPlan& plan);

/// The parts of a call's workspace, at multiples of part_alignment.
struct CallWorkspace {
  std::byte* blas;      ///< blas_workspace_bytes
  std::byte* toeplitz;  ///< toeplitz_workspace(plan)
};
CallWorkspace carve(std::byte* workspace);

}  // namespace convict::gpu
