#pragma once

#include <cstddef>
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

/// How a call into a subject ended.
struct CallEnd {
  enum class Kind { returned, failed, crashed, hung };
  Kind kind = Kind::returned;
  /// "status 3", "signal 11 (Segmentation fault) 4 bytes behind the end of input during run",
  /// "exited with status 0 during refuses", "threw std::bad_alloc", "killed at 4097 MiB of memory
  /// during run", "no answer within 10 s during run"; empty if returned.
  std::string how;
};

/// What a subject said before it saw any data.
struct Admission {
  CallEnd end;
  std::optional<std::string> refusal;
  std::size_t workspace_bytes = 0;
};

/// Where one subject runs and the memory it sees. One thread at a time.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  /// Asks `refuses` and, when the problem is taken and is a convolution, `workspace_bytes`. The
  /// spec may be invalid.
  virtual Admission admit(const Problem& problem) = 0;
  /// Memory that the host reads and writes and the next `run` works on; 64-byte aligned, `bytes`
  /// long, valid until the next call of arena. Its contents are unspecified; asking for no more
  /// than before keeps them. Throws EnvironmentError when there is no memory.
  virtual std::span<std::byte> arena(std::size_t bytes) = 0;
  /// Runs the kernel on the arena; afterwards the arena shows what it did, also when it died.
  virtual CallEnd run(const Problem& problem, const Placement& placement) = 0;
};

/// A kernel on trial: its row (name and claims) and a way to take it into a sandbox.
struct Subject {
  Kernel kernel;
  std::function<std::unique_ptr<Sandbox>()> open;
};

/// One of our own rows, run in this process on `device`.
Subject in_process(const Kernel& kernel, Device& device = host_device());

struct Limits {
  double time_s = 10;  ///< for one call
  /// What a child and everything that it started may have in memory besides the arena; 0: half of
  /// the machine's memory, 4 GiB at most. Looked at every 10 ms: calls that end sooner escape it.
  std::size_t memory_bytes = 0;
};

/// One of our own rows in a child process, replaced after a crash, hang or exception. Of the row
/// only what it declares counts here; its functions are called in the child, which has them from
/// `worker_main`. A sandbox throws FileError when there is no row of its name, EnvironmentError
/// when no child process can be had or the row's device fails of its own accord.
Subject in_worker(const Kernel& kernel, const Limits& limits = {});

/// The rows of a plug-in (a shared object, or a script FILE.py for the plug-in that embeds Python),
/// named `FILE_STEM.kernel`; their functions are empty, only sandbox reaches
/// the code. All of it runs in child processes, one per sandbox, replaced after a crash, hang or
/// exception. Throws InputError when the file is no plug-in (missing, not loadable, other ABI, a
/// table that contradicts itself) or dies or hangs while it says what it is; a sandbox throws it
/// when the file changed since. Throws EnvironmentError when no child process can be had.
std::vector<Subject> load_plugin(const std::string& path, const Limits& limits = {});

/// The rows that in_worker may be given. They must be the same in a child, which is this program
/// started anew.
struct BuiltIns {
  std::span<const Kernel> kernels{};
  /// Where a row runs; asked in the child that hosts it and nowhere else. Null: on the host.
  Device& (*device_of)(const Kernel& kernel) = nullptr;
};

/// The child's side: serves requests until the parent goes away. `argv` is what a sandbox started
/// the program with: argv[1] is `worker_argument`. Programs that load plug-ins or take rows into
/// sandbox call this first thing in main.
inline constexpr std::string_view worker_argument = "--convict-worker";
int worker_main(int argc, char** argv, const BuiltIns& built_ins = {});

}  // namespace convict::sandbox
