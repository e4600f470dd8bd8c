// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace convict {
namespace {

/// What a kernel has to claim before it is asked about a problem at all.
std::optional<std::string> refuse_special_strides(const Kernel& kernel, const Problem& problem) {
  const TensorShapes& shapes = problem.shapes;
  if (!kernel.zero_strides &&
      (shapes.input.repeats() || shapes.filters.repeats() || shapes.output.repeats()))
    return "takes no repeated operands (strides of 0)";
  const std::array before = {shapes.input.before_first(), shapes.filters.before_first(),
                             shapes.output.before_first()};
  const index_t alignment = std::max<index_t>(kernel.claims.required_alignment, 1);
  for (const index_t elements : before) {
    if (elements == 0) continue;
    if (!kernel.negative_strides) return "takes no negative strides";
    if (elements % alignment != 0)
      return fmt::format("needs buffers aligned to {} elements", alignment);
  }
  return std::nullopt;
}

std::optional<std::string> refuse_layout(const Kernel& kernel, const Problem& problem) {
  if (kernel.any_strides || why_invalid(problem.spec)) return std::nullopt;
  std::vector<std::string> names;
  for (const Layout& layout : kernel.layouts) {
    if (problem.shapes == shapes_of(problem.spec, layout)) return std::nullopt;
    names.push_back(to_string(layout));
  }
  if (kernel.layouts == std::vector{Layout::nchw}) return "takes dense NCHW tensors only";
  return fmt::format("takes dense tensors in {} only", fmt::join(names, ", "));
}

}  // namespace

std::optional<std::string> absence(const Kernel& kernel) {
  return kernel.absent ? kernel.absent() : std::nullopt;
}

std::optional<std::string> refusal(const Kernel& kernel, const Problem& problem) {
  if (std::ranges::find(kernel.passes, problem.pass) == kernel.passes.end())
    return fmt::format("does not compute {}", name_of(problem.pass));
  if (std::ranges::find(kernel.precisions, problem.precision) == kernel.precisions.end())
    return fmt::format("does not take {}", name_of(problem.precision));
  if (auto why = absence(kernel)) return why;
  if (auto why = refuse_special_strides(kernel, problem)) return why;
  if (kernel.refuses)
    if (auto why = kernel.refuses(problem)) return why;
  return refuse_layout(kernel, problem);
}

std::size_t workspace_bytes(const Kernel& kernel, const Problem& problem) {
  return kernel.workspace_bytes ? kernel.workspace_bytes(problem) : 0;
}

std::optional<std::string> refuse_invalid(const Problem& problem) {
  return why_invalid(problem.spec);
}

}  // namespace convict
