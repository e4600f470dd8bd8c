#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oracle/truth/truth_kernels.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// Where rows of this program run. Plug-ins, and what runs on a GPU, always have processes of their
/// own.
enum class RowsRun { here, in_worker };

/// The kernels that `--kernel` arguments name: a row's name, a glob over the rows here
/// ("optimized.*"), or a plug-in file ("./mine.so" or "./mine.py": all its rows, "./mine.so:ROW":
/// one). None given: every row here. Throws InputError naming what matches nothing, with the
/// nearest names.
std::vector<sandbox::Subject> subjects_named(const std::vector<std::string>& names,
                                             const sandbox::Limits& limits = {},
                                             RowsRun rows = RowsRun::here);

/// Those of `names` that can run on this machine, and why the others cannot.
struct Roster {
  std::vector<sandbox::Subject> subjects;
  std::vector<std::pair<std::string, std::string>> absent;  ///< kernel, reason
};

/// subjects_named, of one kind of device if given, parted. Throws EnvironmentError when none of
/// them can run here.
Roster roster_of(const std::vector<std::string>& names, const sandbox::Limits& limits, RowsRun rows,
                 std::optional<DeviceKind> device);

/// Where a row runs: the GPU, or the CPU, and the CPU for a row that is absent.
Device& device_of(const Kernel& kernel);

/// Exactly one.
sandbox::Subject subject_named(const std::string& name, const sandbox::Limits& limits = {},
                               RowsRun rows = RowsRun::here);

/// The plug-ins among `--kernel` arguments, as they are named there, and a hash of what each file
/// holds: FNV-1a, 64 bits in hexadecimal. Throws FileError when one cannot be read.
std::vector<std::pair<std::string, std::string>> plugin_hashes(
    const std::vector<std::string>& names);

/// Every row here, for the processes that run one of them: what worker_main is given.
sandbox::BuiltIns built_ins();

/// The rows here that may compute the truth of large problems, while `jobs` trials run at once.
oracle::TruthKernels truth_kernels(int jobs = 1);

}  // namespace convict::cli
