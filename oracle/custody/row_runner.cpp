#include "oracle/custody/row_runner.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/errors.hpp"
#include "oracle/custody/exception_words.hpp"

namespace convict::oracle {
namespace {

template <class Action>
CallEnd end_of(Action&& action) {
  try {
    action();
    return {};
  } catch (const KernelError& error) {
    return {CallEnd::Kind::failed, error.what()};
  } catch (...) {
    return {CallEnd::Kind::crashed, "threw " + words_of_current_exception()};
  }
}

}  // namespace

RowRunner::RowRunner(const Kernel& kernel, Device& device, std::function<void(Call)> announce)
    : kernel_(kernel), device_(device), announce_(std::move(announce)), memory_(device) {}

Admission RowRunner::admit(const Problem& problem) {
  Admission admission;
  admission.end = end_of([&] {
    announce(Call::refuses);
    admission.refusal = refusal(kernel_, problem);
    // Whoever takes what is no convolution has said enough.
    if (admission.refusal || why_invalid(problem.spec)) return;
    announce(Call::workspace_bytes);
    admission.workspace_bytes = workspace_bytes(kernel_, problem);
  });
  return admission;
}

std::byte* RowRunner::memory(std::size_t bytes) {
  memory_.reserve(bytes);
  return memory_.data();
}

CallEnd RowRunner::run_at(std::byte* base, const Problem& problem, const Placement& at) {
  const Buffers buffers{.input = base + at.input,
                        .filters = base + at.filters,
                        .output = base + at.output,
                        .workspace = at.workspace_bytes != 0 ? base + at.workspace : nullptr,
                        .workspace_bytes = at.workspace_bytes,
                        .stream = device_.stream(),
                        .plan = nullptr};
  return end_of([&] { run_planned(problem, buffers); });
}

CallEnd RowRunner::run_on_copy(std::span<std::byte> arena, const Problem& problem,
                               const Placement& placement) {
  std::byte* const copy = memory(arena.size());
  device_.upload(copy, arena.data(), arena.size());
  CallEnd end = run_at(copy, problem, placement);
  try {
    device_.download(arena.data(), copy, arena.size());
  } catch (const EnvironmentError& error) {
    // A kernel that broke the device is a finding; a device that breaks on its own is not.
    if (end.kind == CallEnd::Kind::returned) throw;
    end.how += fmt::format("; its memory could not be read afterwards: {}", error.what());
  }
  return end;
}

void RowRunner::run_planned(const Problem& problem, Buffers buffers) {
  if (kernel_.plan && (!plan_ || planned_ != problem)) {
    announce(Call::planning);
    plan_.reset();  // the old one first: only one is kept
    plan_ = kernel_.plan(problem);
    planned_ = problem;
  }
  buffers.plan = plan_.get();
  announce(Call::run);
  kernel_.run(problem, buffers);
  device_.synchronize();
}

}  // namespace convict::oracle
