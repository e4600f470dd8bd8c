// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/call_workspace.hpp"

#include <cstdint>

namespace convict::gpu {

std::size_t call_workspace(const ToeplitzPlan& plan) {
  if (!plan.needs_products()) return 0;
  return part_alignment - 1 + blas_workspace_bytes + toeplitz_workspace(plan);
}

CallWorkspace carve(std::byte* workspace) {
  const auto address = reinterpret_cast<std::uintptr_t>(workspace);
  std::byte* const blas = workspace + (aligned(address) - address);
  return {blas, blas + blas_workspace_bytes};
}

}  // namespace convict::gpu
