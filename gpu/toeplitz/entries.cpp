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

Kernel toeplitz_row() {
  return {.device = DeviceKind::gpu,
          .precisions = {Precision::f32, Precision::f64},
          .absent = why_no_toeplitz,
          .workspace_bytes =
              [](const Problem& problem) { return call_workspace(plan_toeplitz(problem)); },
          .plan = make_toeplitz,
          .run = run_toeplitz};
}

Kernel on_tensor_cores(Kernel row) {
  row.name += ".tensor_core";
  row.precisions = {Precision::tf32, Precision::f16, Precision::bf16};
  row.claims.truncating_adds = true;
  row.claims.truncation_block = 4;
  return row;
}

}  // namespace

Kernel corr_mm() {
  Kernel row = toeplitz_row();
  row.name = "gpu.corr_mm";
  row.refuses = refuses_3d;
  return row;
}

Kernel corr3d_mm() {
  Kernel row = toeplitz_row();
  row.name = "gpu.corr3d_mm";
  row.refuses = refuses_2d;
  return row;
}

Kernel corr_mm_tensor_core() { return on_tensor_cores(corr_mm()); }
Kernel corr3d_mm_tensor_core() { return on_tensor_cores(corr3d_mm()); }

}  // namespace convict::gpu
