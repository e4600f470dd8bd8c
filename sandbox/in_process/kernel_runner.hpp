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

/// Calls one of our own rows in the process it is in, a worker or not, and keeps its latest plan.
class KernelRunner {
 public:
  /// `announce` is told every call into the row before it is made.
  KernelRunner(const Kernel& kernel, Device& device, std::function<void(Call)> announce = {});

  Admission admit(const Problem& problem);
  /// Memory of the device, at least so much. Throws EnvironmentError.
  std::byte* memory(std::size_t bytes);
  /// Runs on what the device finds at `base`.
  CallEnd run_at(std::byte* base, const Problem& problem, const Placement& placement);
  /// Runs on a copy of `arena` in the device's memory; afterwards `arena` shows what the row did,
  /// also when it failed. Throws EnvironmentError when the device fails of its own accord.
  CallEnd run_on_copy(std::span<std::byte> arena, const Problem& problem,
                      const Placement& placement);
  void forget_plan() { plan_.reset(); }

 private:
  void announce(Call call) const {
    if (announce_) announce_(call);
  }
  void make_plan(const Problem& problem);
  /// The second of two calls for a problem is recorded and played back, where device and row can:
  /// what it does must not depend on that. The first has loaded what a recording must not load.
  void record_or_call(const Problem& problem, const Buffers& buffers);
  void call(const Problem& problem, Buffers buffers);

  Kernel kernel_;
  Device& device_;
  std::function<void(Call)> announce_;
  GrowingMemory memory_;
  DeviceArena copy_;
  std::shared_ptr<void> plan_;
  Problem planned_;                ///< what plan_ is for
  std::optional<Problem> called_;  ///< by the latest call, unless that was recorded
};

}  // namespace convict::sandbox
