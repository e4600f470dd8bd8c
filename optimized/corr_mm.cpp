// SPDX-License-Identifier: Apache-2.0
#include "optimized/corr_mm.hpp"

#include "optimized/columns_kernel.hpp"

namespace convict::optimized {
namespace {

std::optional<std::string> corr_mm_refuses(const Problem& problem) {
  if (auto why = refuse_invalid(problem)) return why;
  if (problem.spec.rank == 3) return "corr_mm serves rank 1 and 2 only";
  return beyond_blas(problem);
}

}  // namespace

Kernel corr_mm() {
  return {.name = "optimized.corr_mm",
          .precisions = {Precision::f32, Precision::f64},
          .refuses = corr_mm_refuses,
          .workspace_bytes = correlation_workspace_bytes,
          .run = correlate};
}

}  // namespace convict::optimized
