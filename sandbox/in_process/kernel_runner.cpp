// SPDX-License-Identifier: Apache-2.0
#include "sandbox/in_process/kernel_runner.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/errors.hpp"
#include "sandbox/in_process/exception_words.hpp"

namespace convict::sandbox {
namespace {

template <class Action>
CallEnd end_of(Action&& action) {
  try {
    action();
    return {};
  } catch (const KernelError& error) {
    return {CallEnd::Kind::failed, error.what()};
  } catch (const LateRefusal& refusal) {
    return {CallEnd::Kind::refused, refusal.what()};
  } catch (...) {
    return {CallEnd::Kind::crashed, "threw " + words_of_current_exception()};
  }
}

}  // namespace

KernelRunner::KernelRunner(const Kernel& kernel, Device& device, std::function<void(Call)> announce)
    : kernel_(kernel),
      device_(device),
      announce_(std::move(announce)),
      memory_(device),
      copy_(device) {}

Admission KernelRunner::admit(const Problem& problem) {
  Admission admission;
  admission.end = end_of([&] {
    announce(Call::refuses);
    admission.refusal = refusal(kernel_, problem);
    // For an invalid spec only the refusal counts; a kernel may not be able to size a workspace.
    if (admission.refusal || why_invalid(problem.spec)) return;
    announce(Call::workspace_bytes);
    admission.workspace_bytes = workspace_bytes(kernel_, problem);
  });
  return admission;
}

std::byte* KernelRunner::memory(std::size_t bytes) {
  memory_.reserve(bytes);
  return memory_.data();
}

CallEnd KernelRunner::run_at(std::byte* base, const Problem& problem, const Placement& at) {
  Buffers buffers{.input = base + at.input,
                  .filters = base + at.filters,
                  .output = base + at.output,
                  .workspace = at.workspace_bytes != 0 ? base + at.workspace : nullptr,
                  .workspace_bytes = at.workspace_bytes,
                  .stream = device_.stream(),
                  .plan = nullptr};
  return end_of([&] {
    make_plan(problem);
    call(problem, buffers);
    device_.synchronize();
  });
}

CallEnd KernelRunner::run_on_copy(std::span<std::byte> arena, const Problem& problem,
                                  const Placement& placement) {
  const CallEnd planned = end_of([&] { make_plan(problem); });
  if (planned.kind != CallEnd::Kind::returned) return planned;
  const Buffers buffers = copy_.send(arena, placement);
  bool collected = false;
  CallEnd end = end_of([&] {
    record_or_call(problem, buffers);
    collected = true;
    copy_.collect();
    device_.synchronize();
  });
  try {
    if (!collected) copy_.collect();
    copy_.fetch(arena);
  } catch (const EnvironmentError& error) {
    // A kernel that broke the device is a finding; a device that breaks on its own is not.
    if (end.kind == CallEnd::Kind::returned) throw;
    end.how += fmt::format("; its memory could not be read afterwards: {}", error.what());
  }
  return end;
}

void KernelRunner::make_plan(const Problem& problem) {
  if (!kernel_.plan || (plan_ && planned_ == problem)) return;
  announce(Call::planning);
  plan_.reset();  // before the new one is made: at most one plan is alive
  plan_ = kernel_.plan(problem);
  planned_ = problem;
}

void KernelRunner::record_or_call(const Problem& problem, const Buffers& buffers) {
  const bool again = called_ == problem;
  called_ = again ? std::nullopt : std::optional(problem);
  const bool recorded =
      again && kernel_.claims.recordable && device_.record([&] { call(problem, buffers); });
  if (!recorded) call(problem, buffers);
}

void KernelRunner::call(const Problem& problem, Buffers buffers) {
  buffers.plan = plan_.get();
  announce(Call::run);
  kernel_.run(problem, buffers);
}

}  // namespace convict::sandbox
