// SPDX-License-Identifier: Apache-2.0
#include "optimized/columns_kernel.hpp"
#include "optimized/corr_mm.hpp"

namespace convict::optimized {
namespace {

std::optional<std::string> corr3d_mm_refuses(const Problem& problem) {
  if (auto why = refuse_invalid(problem)) return why;
  if (problem.spec.rank != 3) return "corr3d_mm serves rank 3 only";
  if (problem.spec.unshared) return "unshared filters are served by corr_mm, in rank 1 and 2";
  return beyond_blas(problem);
}

}  // namespace

Kernel corr3d_mm() {
  return {.name = "optimized.corr3d_mm",
          .precisions = {Precision::f32, Precision::f64},
          .refuses = corr3d_mm_refuses,
          .workspace_bytes = correlation_workspace_bytes,
          .run = correlate};
}

}  // namespace convict::optimized
