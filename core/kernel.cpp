// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convict {

std::optional<std::string> absence(const Kernel& kernel) {
  return kernel.absent ? kernel.absent() : std::nullopt;
}

std::optional<std::string> refusal(const Kernel& kernel, const Problem& problem) {
  if (std::ranges::find(kernel.passes, problem.pass) == kernel.passes.end())
    return fmt::format("does not compute {}", name_of(problem.pass));
  if (std::ranges::find(kernel.precisions, problem.precision) == kernel.precisions.end())
    return fmt::format("does not take {}", name_of(problem.precision));
  if (auto why = absence(kernel)) return why;
  if (kernel.refuses)
    if (auto why = kernel.refuses(problem)) return why;
  if (!kernel.any_strides && !why_invalid(problem.spec) && !is_dense_nchw(problem))
    return "takes dense NCHW tensors only";
  return std::nullopt;
}

std::size_t workspace_bytes(const Kernel& kernel, const Problem& problem) {
  return kernel.workspace_bytes ? kernel.workspace_bytes(problem) : 0;
}

std::optional<std::string> refuse_invalid(const Problem& problem) {
  return why_invalid(problem.spec);
}

}  // namespace convict
