#include "oracle/timing/timed_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "core/errors.hpp"
#include "datasets/random.hpp"
#include "oracle/custody/exception_words.hpp"
#include "oracle/judge.hpp"
#include "oracle/judge_values.hpp"
#include "oracle/poison.hpp"
#include "oracle/projection/on_device.hpp"
#include "oracle/truth_source.hpp"

namespace convict::oracle {
namespace {

std::byte* allocated(Device& device, std::size_t bytes) {
  try {
    return device.allocate(std::max<std::size_t>(bytes, 1));
  } catch (const std::bad_alloc&) {
    throw EnvironmentError(fmt::format("no memory for {} bytes on {}", bytes, device.name()));
  }
}

}  // namespace

DeviceMemory::DeviceMemory(Device& device, std::size_t bytes)
    : DeviceMemory(device, allocated(device, bytes), bytes) {}

TimedKernel::TimedKernel(const Kernel& kernel, Device& device, std::span<const Case> cases)
    : kernel_(kernel), device_(device), cases_(cases), problem_(problem_of(cases.front().trial)) {
  excluded_ = refusal(kernel_, problem_);
  if (excluded_) return;
  try {
    workspace_.emplace(device_, workspace_bytes(kernel_, problem_));
    if (kernel_.plan) plan_ = kernel_.plan(problem_);
    for (std::size_t data = 0; data < cases_.size() && !convicted_; ++data) {
      add_set(data);
      if (auto why = judged(data)) convict(std::move(*why));
    }
  } catch (const EnvironmentError&) {
    throw;
  } catch (...) {
    convict("threw " + words_of_current_exception());
  }
}

void TimedKernel::add_set(std::size_t data) {
  const auto memory = [&](index_t elements) {
    return DeviceMemory(device_, static_cast<std::size_t>(elements * bytes_of(problem_.precision)));
  };
  sets_.push_back({memory(input_elements(problem_.spec)), memory(filter_elements(problem_.spec)),
                   memory(output_elements(problem_.spec)), data});
  load(sets_.back());
}

void TimedKernel::load(DataSet& set) const {
  const datasets::Operands& operands = cases_[set.data].operands;
  const auto upload = [&](const DeviceMemory& memory, std::span<const double> values) {
    const std::vector<std::byte> stored = as_stored(values, problem_.precision);
    if (!stored.empty()) device_.upload(memory.data(), stored.data(), stored.size());
  };
  upload(set.input, operands.input);
  upload(set.filters, operands.filters);
  upload(set.output, operands.output);
}

/// Moves one tensor of every set to the set before. False when there is no memory for it.
bool TimedKernel::rotate(DeviceMemory DataSet::*tensor) {
  if (sets_.empty() || &(sets_[0].*tensor) == &result_of(sets_[0])) return true;
  const auto first = copied(sets_[0].*tensor);
  if (!first) return false;
  for (std::size_t set = 0; set < sets_.size(); ++set) {
    const DeviceMemory& from = set + 1 < sets_.size() ? sets_[set + 1].*tensor : *first;
    device_.copy((sets_[set].*tensor).data(), from.data(), from.bytes());
  }
  device_.synchronize();  // before `first` is released
  return true;
}

void TimedKernel::exchange_data() {
  for (DataSet& set : sets_) set.data = (set.data + 1) % cases_.size();
  if (rotate(&DataSet::input) && rotate(&DataSet::filters) && rotate(&DataSet::output)) return;
  for (DataSet& set : sets_) load(set);
}

const DeviceMemory& TimedKernel::result_of(const DataSet& set) const {
  switch (problem_.pass) {
    case Pass::forward: return set.output;
    case Pass::grad_input: return set.input;
    case Pass::grad_weights: return set.filters;
  }
  return set.output;
}

std::vector<std::byte> TimedKernel::downloaded(const DeviceMemory& memory) const {
  std::vector<std::byte> bytes(memory.bytes());
  device_.download(bytes.data(), memory.data(), bytes.size());
  return bytes;
}

void TimedKernel::call(std::size_t set) {
  DataSet& data = sets_[set];
  kernel_.run(problem_, {.input = data.input.data(),
                         .filters = data.filters.data(),
                         .output = data.output.data(),
                         .workspace = workspace_->bytes() > 0 ? workspace_->data() : nullptr,
                         .workspace_bytes = workspace_->bytes(),
                         .stream = device_.stream(),
                         .plan = plan_.get()});
}

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

/// Copies of what the pass reads, made before a call that might change them.
TimedKernel::Given TimedKernel::given(const DataSet& set) const {
  const auto copy = [&](Pass writes, const DeviceMemory& memory) {
    return problem_.pass == writes ? std::nullopt : copied(memory);
  };
  return {.input = copy(Pass::grad_input, set.input),
          .filters = copy(Pass::grad_weights, set.filters),
          .output = copy(Pass::forward, set.output)};
}

std::optional<Projected> TimedKernel::projected(const Case& known, const Given& given,
                                                const DeviceMemory& result) const {
  if (problem_.beta != 0) return std::nullopt;  // the old result was written over
  const auto tensor = [&](Pass writes, const std::optional<DeviceMemory>& operand) {
    return problem_.pass == writes ? result.data() : operand ? operand->data() : nullptr;
  };
  const OnDevice tensors{.input = tensor(Pass::grad_input, given.input),
                         .filters = tensor(Pass::grad_weights, given.filters),
                         .output = tensor(Pass::forward, given.output)};
  if (tensors.input == nullptr || tensors.filters == nullptr || tensors.output == nullptr)
    return std::nullopt;
  constexpr std::uint64_t weights = 0x9e1;  // apart from the seeds of operands
  return project_on(device_, problem_, tensors, *known.limits,
                    datasets::scramble(known.trial.recipe.seed + weights));
}

std::optional<std::string> TimedKernel::judged(std::size_t set) {
  const Case& known = cases_[sets_[set].data];
  const DeviceMemory& result = result_of(sets_[set]);
  const bool exact = can_project({known.trial, *known.fill, known.limits, kernel_.claims});
  const Given before = exact ? given(sets_[set]) : Given{};
  device_.fill(result.data(), static_cast<unsigned char>(Poison::nan), result.bytes());
  call(set);
  device_.synchronize();
  expected_.push_back(kept(result));
  const Kept& answer = expected_.back();
  if (!answer.on_device) return why_wrong(known, answer.on_host);
  const auto found = projected(known, before, *answer.on_device);
  if (found && found->failed_count == 0) return std::nullopt;
  if (auto why = why_wrong(known, downloaded(*answer.on_device))) return why;
  if (!found) return std::nullopt;
  return fmt::format("wrong: {} of {} positions fail the exact projection, position {} first",
                     found->failed_count, found->positions, found->first_failed.value_or(0));
}

std::optional<std::string> TimedKernel::why_wrong(const Case& known,
                                                  const std::vector<std::byte>& result) const {
  const Verdict verdict = judge_values(known, kernel_.claims, result).verdict;
  if (verdict.outcome != Outcome::fail) return std::nullopt;
  return "wrong: " + verdict.reason;
}

std::optional<std::string> TimedKernel::wrong(std::size_t set) const {
  const std::size_t data = sets_[set].data;
  const DeviceMemory& result = result_of(sets_[set]);
  if (is_kept(expected_[data], result)) return std::nullopt;
  if (kernel_.claims.deterministic)
    return "a timed call gave another result than the one that was judged";
  auto why = why_wrong(cases_[data], downloaded(result));
  if (why) why->insert(0, "a timed call was ");
  return why;
}

std::optional<Sample> TimedKernel::sample(std::size_t number, int calls, bool cold) {
  const std::size_t first = number % sets_.size();
  const DeviceMemory& result = result_of(sets_[first]);
  device_.fill(result.data(), static_cast<unsigned char>(Poison::nan), result.bytes());
  if (cold) device_.flush_caches();
  device_.synchronize();
  using clock = std::chrono::steady_clock;
  const clock::time_point begin = clock::now();
  Sample sample;
  try {
    sample.device_ms = device_.time_ms([&] {
      for (int i = 0; i < calls; ++i) call((first + static_cast<std::size_t>(i)) % sets_.size());
    });
    device_.synchronize();
  } catch (const EnvironmentError&) {
    throw;
  } catch (...) {
    convict("threw " + words_of_current_exception());
    return std::nullopt;
  }
  sample.host_ms = std::chrono::duration<double, std::milli>(clock::now() - begin).count();
  if (auto why = wrong(first)) {
    convict(std::move(*why));
    return std::nullopt;
  }
  return Sample{sample.device_ms / calls, sample.host_ms / calls};
}

}  // namespace convict::oracle
