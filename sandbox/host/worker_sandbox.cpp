// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/worker_sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/memory_budget.hpp"

namespace convict::sandbox {
namespace {

/// Status and message: "status 3: no plan for rank 1".
std::string failure_of(const Reply& reply) {
  const std::string_view said = reply.text.data();
  if (reply.number == 0) return std::string(said);
  return fmt::format("status {}{}{}", reply.number, said.empty() ? "" : ": ", said);
}

}  // namespace

WorkerSandbox::WorkerSandbox(Hosted hosted, WorkerKernel kernel, const Limits& limits)
    : kernel_(std::move(kernel)), worker_(std::move(hosted), limits, arena_) {}

Admission WorkerSandbox::admit(const Problem& problem) {
  Admission admission;
  admission.refusal = refusal(kernel_.declared, problem);
  if (admission.refusal || !kernel_.asks) return admission;
  const auto [end, reply, _] =
      worker_.ask({.ask = Ask::admit, .kernel = kernel_.number, .problem = problem});
  admission.end = end;
  if (end.kind != CallEnd::Kind::returned) return admission;
  if (reply.kind == Reply::Kind::failed) admission.end = {CallEnd::Kind::failed, failure_of(reply)};
  if (reply.number != 0) admission.refusal = reply.text.data();
  admission.workspace_bytes = reply.workspace_bytes;
  return admission;
}

std::span<std::byte> WorkerSandbox::arena(std::size_t bytes) {
  used_bytes_ = bytes;
  return arena_.reserve(bytes);
}

WorkerHandle::Answer WorkerSandbox::call(const Problem& problem, const Placement& placement,
                                         bool diagnose) {
  return worker_.ask({.ask = Ask::run,
                      .kernel = kernel_.number,
                      .arena_bytes = arena_.bytes(),
                      .used_bytes = used_bytes_,
                      .disturb = disturbed_by_,
                      .diagnose = diagnose ? 1 : 0,
                      .problem = problem,
                      .placement = placement});
}

std::string WorkerSandbox::diagnose() {
  if (!latest_) return {};
  const auto answer = call(latest_->first, latest_->second, true);
  if (answer.end.kind != CallEnd::Kind::returned) return {};
  return answer.reply.kind == Reply::Kind::failed ? answer.reply.text.data() : std::string();
}

CallEnd WorkerSandbox::run(const Problem& problem, const Placement& placement) {
  if (kernel_.diagnoses) latest_.emplace(problem, placement);
  const auto answer = call(problem, placement, false);
  if (answer.end.kind != CallEnd::Kind::returned) return answer.end;
  if (answer.reply.kind == Reply::Kind::failed)
    return {CallEnd::Kind::failed, failure_of(answer.reply)};
  if (answer.reply.kind == Reply::Kind::refused)
    return {CallEnd::Kind::refused, answer.reply.text.data()};
  return {};
}

Limits with_usual_values(Limits limits) {
  if (limits.memory_bytes == 0)
    limits.memory_bytes =
        std::min(available_memory() / 2 / static_cast<std::size_t>(std::max(1, limits.jobs)),
                 std::size_t{4} << 30);
  return limits;
}

}  // namespace convict::sandbox
