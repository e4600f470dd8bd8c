// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oracle/truth/truth_kernels.hpp"
#include "run/observer.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// Where built-in kernels run: in this process, or in worker processes. Plug-ins, and kernels for a
/// GPU, always run in workers.
enum class BuiltInsRun { here, in_worker };

/// The kernels that `--kernel` arguments name: the name of a built-in kernel, a glob over these
/// ("optimized.*"), or a plug-in file ("./mine.so" or "./mine.py": all its kernels,
/// "./mine.so:NAME": one), or a CUDA source ("./mine.cu"; "./mine.cu@gpu" and "./mine.cu@emulated"
/// say for which device it is built, else a GPU where there are one and nvcc). Without arguments:
/// every built-in kernel. Names and globs that end in "@emulated" mean our kernels for a GPU on the
/// emulated device ("gpu.implicit_gemm@emulated"). Throws InputError naming what matches nothing,
/// and the names that there are.
std::vector<sandbox::Subject> subjects_named(const std::vector<std::string>& names,
                                             const sandbox::Limits& limits = {},
                                             BuiltInsRun where = BuiltInsRun::here);

/// Whether a `--kernel` argument names a plug-in file.
bool is_plugin_name(const std::string& name);

/// Those of `names` that can run on this machine, and why the others cannot.
struct Roster {
  std::vector<sandbox::Subject> subjects;
  std::vector<std::pair<std::string, std::string>> absent;  ///< kernel, reason
  std::size_t workers = 0;                                  ///< subjects that run in workers
};

/// What a kernel runs on, and what `--device` can ask for.
enum class RunsOn { cpu, gpu, emulated };
std::string_view name_of(RunsOn device);
RunsOn runs_on(const Kernel& kernel);

/// The subjects_named that run on `device` (on any if not given), for which CUDA sources are built.
std::vector<sandbox::Subject> subjects_for(std::vector<std::string> names,
                                           std::optional<RunsOn> device,
                                           const sandbox::Limits& limits = {},
                                           BuiltInsRun where = BuiltInsRun::here);

/// The subjects_for `device`, divided into those that can run here and
/// those that cannot. Throws EnvironmentError when none can.
Roster roster_of(const std::vector<std::string>& names, const sandbox::Limits& limits,
                 BuiltInsRun where, std::optional<RunsOn> device);

/// Adds a kernel that is tried, and its claims if they widen its bounds.
void add_kernel(run::RunInfo& info, const Kernel& kernel);

/// The device that a kernel runs on; the CPU for a kernel that cannot run here.
Device& device_of(const Kernel& kernel);

/// The one kernel that `name` names. Throws InputError when it names several or none.
sandbox::Subject subject_named(const std::string& name, const sandbox::Limits& limits = {},
                               BuiltInsRun where = BuiltInsRun::here);

/// The plug-in files among `--kernel` arguments, as they are named there, and a hash of the
/// contents of each: FNV-1a, 64 bits in hexadecimal. Throws FileError when one cannot be read.
std::vector<std::pair<std::string, std::string>> plugin_hashes(
    const std::vector<std::string>& names);

/// Every built-in kernel, for worker_main, whose process is asked for one of them.
sandbox::BuiltIns built_ins();

/// The built-in kernels that may compute the truth of large problems while `jobs` trials run at
/// once.
oracle::TruthKernels truth_kernels(int jobs = 1);

}  // namespace convict::cli
