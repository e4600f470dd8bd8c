// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "datasets/random.hpp"
#include "oracle/judge/judge_values.hpp"
#include "oracle/projection/on_device.hpp"
#include "oracle/truth/truth_source.hpp"
#include "sandbox/poison.hpp"
#include "timing/timed_kernel.hpp"

namespace convict::timing {

std::optional<DeviceMemory> TimedKernel::copied(const DeviceMemory& memory) const {
  if (device_.host_addressable()) return std::nullopt;
  try {
    std::byte* const there = device_.allocate(std::max<std::size_t>(memory.bytes(), 1));
    DeviceMemory copy(device_, there, memory.bytes());
    device_.copy(copy.data(), memory.data(), memory.bytes());
    return copy;
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

TimedKernel::Kept TimedKernel::kept(const DeviceMemory& result) const {
  Kept kept{.on_device = copied(result), .on_host = {}};
  if (!kept.on_device) kept.on_host = downloaded(result);
  return kept;
}

bool TimedKernel::is_kept(const Kept& kept, const DeviceMemory& result) const {
  if (!kept.on_device) return downloaded(result) == kept.on_host;
  return device_.equal(kept.on_device->data(), result.data(), result.bytes());
}

/// Copies of the pass's operands, made before a call that might change them.
TimedKernel::Given TimedKernel::given(const DataSet& set) const {
  const auto copy = [&](Pass writes, const DeviceMemory& memory) {
    return problem_.pass == writes ? std::nullopt : copied(memory);
  };
  return {.input = copy(Pass::grad_input, set.input),
          .filters = copy(Pass::grad_weights, set.filters),
          .output = copy(Pass::forward, set.output)};
}

std::optional<Projected> TimedKernel::projected(const oracle::Case& known, const Given& given,
                                                const DeviceMemory& result) const {
  if (problem_.beta != 0) return std::nullopt;  // the old result has been overwritten
  const auto tensor = [&](Pass writes, const std::optional<DeviceMemory>& operand) {
    return problem_.pass == writes ? result.data() : operand ? operand->data() : nullptr;
  };
  const oracle::OnDevice tensors{.input = tensor(Pass::grad_input, given.input),
                                 .filters = tensor(Pass::grad_weights, given.filters),
                                 .output = tensor(Pass::forward, given.output)};
  if (tensors.input == nullptr || tensors.filters == nullptr || tensors.output == nullptr)
    return std::nullopt;
  constexpr std::uint64_t weights = 0x9e1;  // so that weights and operands have different seeds
  return oracle::project_on(device_, problem_, tensors, *known.limits,
                            datasets::scramble(known.trial.recipe.seed + weights));
}

std::optional<std::string> TimedKernel::judged(std::size_t set) {
  const oracle::Case& known = cases_[sets_[set].data];
  const DeviceMemory& result = result_of(sets_[set]);
  const bool exact = oracle::can_project({known.trial, *known.fill, known.limits, kernel_.claims});
  const Given before = exact ? given(sets_[set]) : Given{};
  device_.fill(result.data(), static_cast<unsigned char>(sandbox::Poison::nan), result.bytes());
  call(set);
  device_.synchronize();
  expected_.push_back(kept(result));
  const Kept& answer = expected_.back();
  if (!answer.on_device) return examined(known, answer.on_host);
  const auto found = projected(known, before, *answer.on_device);
  if (found && found->failed_count == 0) return std::nullopt;
  if (auto why = examined(known, downloaded(*answer.on_device))) return why;
  if (!found) return std::nullopt;
  return fmt::format("wrong: {} of {} positions fail the exact projection, position {} first",
                     found->failed_count, found->positions, found->first_failed.value_or(0));
}

/// Why the result is wrong, or nothing. A mistrusted result also excludes the kernel from timing.
std::optional<std::string> TimedKernel::examined(const oracle::Case& known,
                                                 const std::vector<std::byte>& result) {
  const Verdict verdict = oracle::judge_values(known, kernel_.claims, result).verdict;
  if (verdict.outcome == Outcome::mistrusted) excluded_ = "mistrusted: " + verdict.reason;
  if (verdict.outcome != Outcome::fail) return std::nullopt;
  return "wrong: " + verdict.reason;
}

std::optional<std::string> TimedKernel::wrong(std::size_t set) {
  const std::size_t data = sets_[set].data;
  const DeviceMemory& result = result_of(sets_[set]);
  if (is_kept(expected_[data], result)) return std::nullopt;
  if (kernel_.claims.deterministic)
    return "a timed call gave another result than the one that was judged";
  auto why = examined(cases_[data], downloaded(result));
  if (why) why->insert(0, "a timed call was ");
  return why;
}

}  // namespace convict::timing
