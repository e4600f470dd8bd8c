// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/device.hpp"
#include "core/kernel.hpp"
#include "sandbox/placement.hpp"

namespace convict::sandbox {

/// How a call to a kernel ended.
struct CallEnd {
  /// refused: the kernel says that it does not take the problem. withheld: a sandbox that passes
  /// calls on to another did not pass this one on.
  enum class Kind { returned, failed, crashed, hung, refused, withheld };
  Kind kind = Kind::returned;
  /// "status 3", "signal 11 (Segmentation fault) 4 bytes behind the end of input during run",
  /// "exited with status 0 during refuses", "threw std::bad_alloc", "killed at 4097 MiB of memory
  /// during run", "no answer within 10 s during run"; empty if returned.
  std::string how;
};

/// A kernel's answer about a problem, before it gets any data.
struct Admission {
  CallEnd end;
  std::optional<std::string> refusal;
  std::size_t workspace_bytes = 0;
};

/// Runs one kernel and owns the memory that the kernel works on. Not thread-safe.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  /// Calls the kernel's `refuses` and, if it does not refuse and the spec is valid, its
  /// `workspace_bytes`. The spec may be invalid.
  virtual Admission admit(const Problem& problem) = 0;
  /// Memory that the host reads and writes and that the next `run` works on: 64-byte aligned,
  /// `bytes` long, valid until the next call of arena. A call that asks for no more bytes than
  /// before keeps the contents, otherwise they are unspecified; after one for 0 bytes, much memory
  /// is given back. The bytes count against MemoryBudget::of_process(). Throws TooLarge when that
  /// has not so many, EnvironmentError when there is no memory.
  virtual std::span<std::byte> arena(std::size_t bytes) = 0;
  /// Runs the kernel on the arena. Afterwards the arena holds what the kernel wrote, also when it
  /// crashed or hung.
  virtual CallEnd run(const Problem& problem, const Placement& placement) = 0;

  /// From now on a call of the kernel's `run` may take this long, but not longer than
  /// Limits::time_s. No effect where calls cannot be ended: in this process.
  virtual void limit_run(double seconds) { static_cast<void>(seconds); }
  /// Limits::time_s; nothing where calls cannot be ended.
  virtual std::optional<double> time_limit() const { return std::nullopt; }
  /// Memory that the kernel holds now, besides the arena, with all processes that it started;
  /// nothing where it is not known: in this process, or before the first call.
  virtual std::optional<std::size_t> memory() const { return std::nullopt; }
  /// The next call finds nothing of what earlier calls left behind (caches, plans, counters): it is
  /// made in a new worker. A kernel that runs in this process only forgets its plan.
  virtual void renew() {}
  /// Disturbs the schedule of the threads of all further calls (Recipe::disturb); 0: no more.
  virtual void disturb(std::uint32_t seed) { static_cast<void>(seed); }
  /// After a wrong result: what the kernel itself finds out about the cause (a race, a read of
  /// unwritten memory) when the latest `run` is made again on the arena as it is now; empty if
  /// nothing, as for most kernels.
  virtual std::string diagnose() { return {}; }
};

/// A number of processes that sandboxes of the same kernel add to.
using LeftRunning = std::shared_ptr<std::atomic<std::size_t>>;

/// A kernel under test: its table entry (name, claims) and a function that opens a sandbox for it.
struct Subject {
  Kernel kernel;
  std::function<std::unique_ptr<Sandbox>()> open;
  /// How many processes ran on when the kernel's calls had all returned and a sandbox was closed,
  /// which ended them. Null where calls are made in this process.
  LeftRunning left_running{};
};

/// A built-in kernel, run in this process on `device`.
Subject in_process(const Kernel& kernel, Device& device = host_device());

struct Limits {
  double time_s = 10;  ///< for one call
  /// Resident memory that a worker and all its descendants may have besides the arena, shared
  /// memory included; 0: half of the memory that is available, divided by `jobs`, 4 GiB at most.
  /// Measured every 10 ms, and what is the worker's own after each call, so that one call may
  /// exceed it.
  std::size_t memory_bytes = 0;
  int jobs = 1;  ///< workers that share what is available, where `memory_bytes` is 0
};

/// A built-in kernel in a worker process, which is replaced after a crash, hang or exception. Only
/// the declarations of `kernel` (name, passes, precisions, claims) are used here; its functions are
/// called in the worker, which finds them by name among the kernels given to `worker_main`. The
/// sandbox throws FileError when there is no kernel of that name, EnvironmentError when no worker
/// can be started or when the kernel's device fails without the kernel being the cause.
Subject in_worker(const Kernel& kernel, const Limits& limits = {});

/// The kernels of a plug-in (a shared object, or a script FILE.py for the plug-in that embeds
/// Python), named `FILE_STEM.kernel`. Their functions are empty, because the plug-in's code runs
/// only in workers: one per sandbox, replaced after a crash, hang or exception. Throws InputError
/// when the file is no plug-in (missing, not loadable, other ABI, a table that contradicts itself)
/// or crashes or hangs while it is loaded and describes its kernels; a sandbox throws it when the
/// file has changed since. Throws EnvironmentError when no worker can be started.
std::vector<Subject> load_plugin(const std::string& path, const Limits& limits = {});

/// The kernels that in_worker can find by name. The host and the worker must pass the same ones to
/// worker_main; both run this program.
struct BuiltIns {
  std::span<const Kernel> kernels{};
  /// The device that a kernel runs on; called only in the worker that runs it. Null: the host
  /// device.
  Device& (*device_of)(const Kernel& kernel) = nullptr;
};

/// The main function of the child side: a fork server and its workers, which serve requests until
/// the host process ends. A sandbox starts this program with worker_argument as argv[1]; a program
/// that uses load_plugin or in_worker must then call this before anything else in main.
inline constexpr std::string_view worker_argument = "--convict-worker";
int worker_main(int argc, char** argv, const BuiltIns& built_ins = {});

}  // namespace convict::sandbox
