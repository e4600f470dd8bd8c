// SPDX-License-Identifier: Apache-2.0
#include "oracle/judge/decided.hpp"

#include <utility>

#include "core/memory_budget.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {

Verdict decided(Outcome outcome, std::string_view layer, std::string reason) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.layer = layer;
  verdict.reason = std::move(reason);
  return verdict;
}

Verdict unsupported(std::string_view layer, std::string reason) {
  return decided(Outcome::unsupported, layer, std::move(reason));
}

std::optional<Verdict> verdict_on(const sandbox::CallEnd& end) {
  switch (end.kind) {
    case sandbox::CallEnd::Kind::returned: return std::nullopt;
    case sandbox::CallEnd::Kind::failed:
      return decided(Outcome::fail, sandbox_layer, "reported failure: " + end.how);
    case sandbox::CallEnd::Kind::crashed: return decided(Outcome::crashed, sandbox_layer, end.how);
    case sandbox::CallEnd::Kind::hung: return decided(Outcome::hung, sandbox_layer, end.how);
    case sandbox::CallEnd::Kind::refused:
      return unsupported(refusal_layer,
                         "refused in run: " + (end.how.empty() ? "it gave no reason" : end.how));
    case sandbox::CallEnd::Kind::withheld:
      return decided(Outcome::not_tried, sandbox_layer, end.how);
  }
  return std::nullopt;
}

std::optional<Verdict> verdict_on(const sandbox::Admission& admission) {
  if (auto verdict = verdict_on(admission.end)) return verdict;
  if (admission.refusal) return unsupported(refusal_layer, *admission.refusal);
  if (auto why = MemoryBudget::of_process().why_too_large(
          "the kernel asks for a workspace of", static_cast<double>(admission.workspace_bytes)))
    return unsupported("memory", *why);
  return std::nullopt;
}

}  // namespace convict::oracle
