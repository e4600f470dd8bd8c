// SPDX-License-Identifier: Apache-2.0
#include "ops/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/errors.hpp"
#include "ops/kernels.hpp"
#include "ops/names.hpp"

namespace convict::ops {
namespace {

/// Why `candidate` is excluded before its kernels are considered, or nothing.
std::optional<std::string> out_at_once(const Candidate& candidate, const Problem& problem,
                                       const Policy& policy) {
  if (policy.optimizer == Policy::Optimizer::none && candidate.name != "perform")
    return "optimizer=None asks for the definition";
  const auto excluded = [&](const std::string& name) {
    return contains(policy.optimizer_excluding, name);
  };
  if (excluded(candidate.name)) return "excluded by optimizer_excluding=" + candidate.name;
  const auto tag = std::ranges::find_if(candidate.tags, excluded);
  if (tag != candidate.tags.end()) return "excluded by optimizer_excluding=" + *tag;
  return candidate.declines(problem, policy);
}

bool is_cudnn(const Kernel& kernel) { return kernel.name.starts_with("gpu.cudnn"); }

/// Why the kernel refuses, or nothing. With dnn.enabled=no_check cuDNN is assumed to be present.
std::optional<std::string> refuses(const Kernel& kernel, const Problem& problem,
                                   const Policy& policy) {
  if (policy.dnn_enabled != Policy::Enabled::no_check || !is_cudnn(kernel))
    return refusal(kernel, problem);
  Kernel present = kernel;
  present.absent = nullptr;
  return refusal(present, problem);
}

std::optional<std::string> kernel_declines(const Kernel& kernel, const Problem& problem,
                                           const Policy& policy) {
  if (auto why = refuses(kernel, problem, policy)) return why;
  if (policy.deterministic && !kernel.claims.deterministic)
    return "deterministic=True and the kernel does not claim to be";
  return std::nullopt;
}

/// Considers the kernels of one candidate in their order.
const Kernel* consider(const Candidate& candidate, const Problem& problem, const Policy& policy,
                       std::span<const Kernel> kernels, std::vector<Consideration>& log) {
  if (const auto why = out_at_once(candidate, problem, policy)) {
    log.push_back({candidate.name, "", false, *why});
    return nullptr;
  }
  bool any = false;
  for (const Kernel& kernel : kernels) {
    if (!kernel.name.starts_with(candidate.name_prefix)) continue;
    any = true;
    const auto why = kernel_declines(kernel, problem, policy);
    log.push_back({candidate.name, kernel.name, !why, why.value_or("")});
    if (!why) return &kernel;
  }
  if (!any)
    log.push_back({candidate.name, "", false,
                   fmt::format("not built: this build has no kernel {}*", candidate.name_prefix)});
  return nullptr;
}

/// Why no cuDNN kernel can run on this machine, or nothing.
std::optional<std::string> why_no_cudnn(std::span<const Kernel> kernels) {
  std::optional<std::string> why = "this build has no kernel gpu.cudnn*";
  for (const Kernel& kernel : kernels)
    if (is_cudnn(kernel) && why) why = absence(kernel);
  return why;
}

/// Throws when the policy requires cuDNN and it cannot run. A problem that cuDNN does not take is
/// still left to the next candidate, as in Theano and Aesara.
void require_cudnn_if_asked_for(const Policy& policy, std::span<const Kernel> kernels) {
  const bool included = contains(policy.optimizer_including, "cudnn");
  if (policy.dnn_enabled != Policy::Enabled::yes && !included) return;
  const auto why = why_no_cudnn(kernels);
  if (!why) return;
  if (policy.dnn_enabled == Policy::Enabled::yes)
    throw EnvironmentError("dnn.enabled=True, but cuDNN cannot be used: " + *why);
  throw AssertionError("optimizer_including=cudnn, but cuDNN cannot be used: " + *why);
}

}  // namespace

Decision decide(const Problem& problem, const Policy& policy, std::span<const Kernel> kernels) {
  Decision decision;
  for (const Candidate& candidate : candidates()) {
    if (!candidate.is_about(problem)) continue;
    decision.kernel = consider(candidate, problem, policy, kernels, decision.log);
    if (decision.kernel != nullptr) break;
  }
  return decision;
}

Decision decide(const Problem& problem, const Policy& policy) {
  return decide(problem, policy, base_kernels());
}

std::string to_string(const Decision& decision) {
  std::string text;
  for (const Consideration& it : decision.log)
    text +=
        fmt::format("  {}{}: {}\n", it.candidate, it.kernel.empty() ? "" : " (" + it.kernel + ")",
                    it.taken ? "taken" : it.reason);
  return text;
}

const Kernel& select(const Problem& problem, const Policy& policy,
                     std::span<const Kernel> kernels) {
  require_consistent(policy);
  if (policy.optimizer != Policy::Optimizer::none) require_cudnn_if_asked_for(policy, kernels);
  const Decision decision = decide(problem, policy, kernels);
  if (decision.kernel == nullptr)
    throw NoImplementationError(
        fmt::format("there is no implementation available for {} of this convolution in {}:\n{}",
                    name_of(problem.pass), name_of(problem.precision), to_string(decision)));
  return *decision.kernel;
}

const Kernel& select(const Problem& problem, const Policy& policy) {
  return select(problem, policy, base_kernels());
}

}  // namespace convict::ops
