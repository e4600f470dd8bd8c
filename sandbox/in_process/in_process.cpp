// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "core/memory_budget.hpp"
#include "sandbox/in_process/disturbance.hpp"
#include "sandbox/in_process/growing_memory.hpp"
#include "sandbox/in_process/kernel_runner.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {
namespace {

/// The arena is the device's memory where the host can address it, else a copy in host memory.
class InProcess final : public Sandbox {
 public:
  InProcess(const Kernel& kernel, Device& device)
      : device_(device), runner_(kernel, device), image_(host_device()) {}

  Admission admit(const Problem& problem) override { return runner_.admit(problem); }

  std::span<std::byte> arena(std::size_t bytes) override {
    std::size_t room = bytes + arena_boundary;
    share_.resize(room);
    if (device_.host_addressable()) {
      void* memory = runner_.memory(room);
      return arena_ = {static_cast<std::byte*>(std::align(arena_boundary, bytes, memory, room)),
                       bytes};
    }
    image_.reserve(bytes);
    return arena_ = {image_.data(), bytes};
  }

  CallEnd run(const Problem& problem, const Placement& placement) override {
    const Disturbance disturbance(disturbed_by_, Disturbance::Of::this_call);
    if (device_.host_addressable()) return runner_.run_at(arena_.data(), problem, placement);
    return runner_.run_on_copy(arena_, problem, placement);
  }

  void renew() override { runner_.forget_plan(); }
  void disturb(std::uint32_t seed) override { disturbed_by_ = seed; }

 private:
  Device& device_;
  KernelRunner runner_;
  GrowingMemory image_;
  MemoryBudget::Share share_;
  std::span<std::byte> arena_;
  std::uint32_t disturbed_by_ = 0;
};

}  // namespace

Subject in_process(const Kernel& kernel, Device& device) {
  return {kernel, [kernel, &device] { return std::make_unique<InProcess>(kernel, device); }};
}

}  // namespace convict::sandbox
