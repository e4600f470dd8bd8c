// SPDX-License-Identifier: Apache-2.0
#include "timing/timed_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <new>

#include "core/errors.hpp"
#include "oracle/judge/judge.hpp"
#include "oracle/judge/judge_values.hpp"
#include "sandbox/in_process/exception_words.hpp"
#include "sandbox/poison.hpp"

namespace convict::timing {
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

TimedKernel::TimedKernel(const Kernel& kernel, Device& device, std::span<const oracle::Case> cases)
    : kernel_(kernel), device_(device), cases_(cases), problem_(problem_of(cases.front().trial)) {
  excluded_ = refusal(kernel_, problem_);
  if (!excluded_ && cases_.front().fill->exact && !cases_.front().limits)
    excluded_ =
        "too many products are summed in one element for exact operands; another fill would do";
  if (excluded_) return;
  try {
    workspace_.emplace(device_, workspace_bytes(kernel_, problem_));
    if (kernel_.plan) plan_ = kernel_.plan(problem_);
    for (std::size_t data = 0; data < cases_.size() && !excluded_; ++data) {
      add_set(data);
      if (auto why = judged(data)) exclude_as_wrong(std::move(*why));
    }
  } catch (const EnvironmentError&) {
    throw;
  } catch (...) {
    exclude_as_wrong("threw " + sandbox::words_of_current_exception());
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
    if (values.empty()) return;  // the result has no data to upload
    const std::vector<std::byte> stored = oracle::as_stored(values, problem_.precision);
    if (!stored.empty()) device_.upload(memory.data(), stored.data(), stored.size());
  };
  upload(set.input, operands.input);
  upload(set.filters, operands.filters);
  upload(set.output, operands.output);
}

/// Moves one tensor of every set to the set before, unless it is the result. False when there is no
/// memory for it.
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

std::optional<Sample> TimedKernel::sample(std::size_t number, int calls, bool cold) {
  const std::size_t first = number % sets_.size();
  const DeviceMemory& result = result_of(sets_[first]);
  device_.fill(result.data(), static_cast<unsigned char>(sandbox::Poison::nan), result.bytes());
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
    exclude_as_wrong("threw " + sandbox::words_of_current_exception());
    return std::nullopt;
  }
  sample.host_ms = std::chrono::duration<double, std::milli>(clock::now() - begin).count();
  if (auto why = wrong(first)) {
    exclude_as_wrong(std::move(*why));
    return std::nullopt;
  }
  return Sample{sample.device_ms / calls, sample.host_ms / calls};
}

}  // namespace convict::timing
