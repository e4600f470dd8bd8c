// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/entries.hpp"

#include "gpu/toeplitz/call_workspace.hpp"
#include "gpu/toeplitz/device_calls.hpp"

namespace convict::gpu {
namespace {

// cuBLAS' 64-bit functions take every size that a valid spec can have, so no size is refused.

std::optional<std::string> refuses_3d(const Problem& problem) {
  if (auto why = refuse_invalid(problem)) return why;
  if (problem.spec.rank == 3) return "gpu.corr_mm serves rank 1 and 2 only";
  return std::nullopt;
}

std::optional<std::string> refuses_2d(const Problem& problem) {
  if (auto why = refuse_invalid(problem)) return why;
  if (problem.spec.rank != 3) return "gpu.corr3d_mm serves rank 3 only";
  if (problem.spec.unshared) return "unshared filters are served by gpu.corr_mm, in rank 1 and 2";
  return std::nullopt;
}

Kernel toeplitz_kernel() {
  return {.device = DeviceKind::gpu,
          .precisions = {Precision::f32, Precision::f64},
          .absent = why_no_toeplitz,
          .workspace_bytes =
              [](const Problem& problem) { return call_workspace(plan_toeplitz(problem)); },
          .plan = make_toeplitz,
          .run = run_toeplitz};
}

Kernel on_tensor_cores(Kernel kernel) {
  kernel.name += ".tensor_core";
  kernel.precisions = {Precision::tf32, Precision::f16, Precision::bf16};
  kernel.claims.truncating_adds = true;
  kernel.claims.truncation_block = 4;
  return kernel;
}

}  // namespace

Kernel corr_mm() {
  Kernel kernel = toeplitz_kernel();
  kernel.name = "gpu.corr_mm";
  kernel.refuses = refuses_3d;
  return kernel;
}

Kernel corr3d_mm() {
  Kernel kernel = toeplitz_kernel();
  kernel.name = "gpu.corr3d_mm";
  kernel.refuses = refuses_2d;
  return kernel;
}

Kernel corr_mm_tensor_core() { return on_tensor_cores(corr_mm()); }
Kernel corr3d_mm_tensor_core() { return on_tensor_cores(corr3d_mm()); }

}  // namespace convict::gpu
