// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "core/device.hpp"
#include "core/kernel.hpp"
#include "sandbox/in_process/device_arena.hpp"
#include "sandbox/in_process/growing_memory.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {

/// Calls a built-in kernel in the current process (a worker or not) and keeps its latest plan.
class KernelRunner {
 public:
  /// `announce` is called before every call to a function of the kernel.
  KernelRunner(const Kernel& kernel, Device& device, std::function<void(Call)> announce = {});

  Admission admit(const Problem& problem);
  /// At least `bytes` of the device's memory. Throws EnvironmentError when there is none.
  std::byte* memory(std::size_t bytes);
  /// Runs on memory that the device can address, starting at `base`.
  CallEnd run_at(std::byte* base, const Problem& problem, const Placement& placement);
  /// Runs on a copy of `arena` in the device's memory; afterwards `arena` holds what the kernel
  /// wrote, also when it failed. Throws EnvironmentError when the device fails after a call that
  /// returned.
  CallEnd run_on_copy(std::span<std::byte> arena, const Problem& problem,
                      const Placement& placement);
  void forget_plan() { plan_.reset(); }

 private:
  void announce(Call call) const {
    if (announce_) announce_(call);
  }
  void make_plan(const Problem& problem);
  /// Records every second of consecutive calls for one problem (as a CUDA graph) and plays it back,
  /// if device and kernel support it: the result must be the same. The call before has loaded what
  /// must not be loaded during a recording.
  void record_or_call(const Problem& problem, const Buffers& buffers);
  void call(const Problem& problem, Buffers buffers);

  Kernel kernel_;
  Device& device_;
  std::function<void(Call)> announce_;
  GrowingMemory memory_;
  DeviceArena copy_;
  std::shared_ptr<void> plan_;
  Problem planned_;                ///< what plan_ is for
  std::optional<Problem> called_;  ///< problem of the latest call, unless that was recorded
};

}  // namespace convict::sandbox
