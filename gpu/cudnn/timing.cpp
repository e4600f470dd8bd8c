// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "core/device.hpp"
#include "core/half.hpp"
#include "gpu/cudnn/session.hpp"

namespace convict::gpu::cudnn {
namespace {

/// Device memory for the timing of plans, filled with values of both signs: arithmetic on zeros
/// would take less power and therefore less time.
class Scratch {
 public:
  Scratch(Device& device, index_t elements, Precision precision)
      : Scratch(device, static_cast<std::size_t>(elements * bytes_of(precision))) {
    with_storage_type(precision,
                      [&](auto type) { fill(static_cast<std::size_t>(elements), type); });
  }
  Scratch(Device& device, std::size_t bytes)
      : device_(device), memory_(bytes == 0 ? nullptr : device.allocate(bytes)) {}
  ~Scratch() {
    if (memory_ != nullptr) device_.release(memory_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::byte* data() const { return memory_; }

 private:
  /// Fills the memory with copies of one block of values.
  template <class T>
  void fill(std::size_t elements, T) {
    constexpr std::size_t most = std::size_t{1} << 20;
    std::vector<T> block(std::min(elements, most));
    std::uint32_t state = 1;
    for (T& value : block) {
      state = state * 1664525U + 1013904223U;  // Numerical Recipes, 7.1
      value = T(static_cast<double>(state) / 4294967296.0 - 0.5);
    }
    for (std::size_t at = 0; at < elements; at += block.size())
      device_.upload(memory_ + at * sizeof(T), reinterpret_cast<const std::byte*>(block.data()),
                     std::min(block.size(), elements - at) * sizeof(T));
  }

  Device& device_;
  std::byte* memory_;
};

double median_ms(Device& device, const std::function<void()>& enqueue) {
  std::array<double, 3> times{};
  device.time_ms(enqueue);
  for (double& time : times) time = device.time_ms(enqueue);
  std::ranges::sort(times);
  return times[1];
}

}  // namespace

TimePlan timed_on(Device& device, Session& session) {
  return [&device, &session](const Problem& problem, const Plan& plan) {
    session.open();
    const Scratch input(device, problem.shapes.input.span(), problem.precision);
    const Scratch filters(device, problem.shapes.filters.span(), problem.precision);
    const Scratch output(device, problem.shapes.output.span(), problem.precision);
    const Scratch workspace(device, plan.workspace_bytes);
    const Buffers buffers{.input = input.data(),
                          .filters = filters.data(),
                          .output = output.data(),
                          .workspace = workspace.data(),
                          .workspace_bytes = plan.workspace_bytes,
                          .stream = device.stream()};
    return median_ms(device, [&] { session.run(plan, buffers); });
  };
}

}  // namespace convict::gpu::cudnn
