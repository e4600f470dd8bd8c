// SPDX-License-Identifier: Apache-2.0
#include "cli/subjects.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "cli/environment.hpp"
#include "core/errors.hpp"
#include "core/fnv.hpp"
#include "core/nearest_name.hpp"
#include "emulation/build.hpp"
#include "gpu/cudnn/entries.hpp"
#include "gpu/emulated/rows.hpp"
#include "gpu/emulated/sources.hpp"
#include "ops/backend.hpp"
#include "ops/kernels.hpp"
#include "optimized/kernels.hpp"
#include "oracle/bounds/bounds.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

using sandbox::Subject;

/// A CUDA source is built for one of two devices. The word stands in the kernel's name, and so on
/// every line and page that speaks of it.
constexpr std::string_view emulated = "@emulated", gpu = "@gpu";

/// A plug-in, or one kernel of it, as replay lines name it: `path.so:kernel`.
struct PluginName {
  std::string path;
  std::string kernel{};  ///< empty: all of them

  bool is_for(std::string_view device) const { return path.ends_with(".cu" + std::string(device)); }
  bool is_source() const { return is_for("") || is_for(emulated) || is_for(gpu); }
  std::string file() const { return is_source() ? path.substr(0, path.rfind(".cu") + 3) : path; }
};

std::optional<PluginName> plugin_name(const std::string& name) {
  for (const std::string_view suffix : {".so", ".py", ".cu@emulated", ".cu@gpu", ".cu"}) {
    const std::size_t colon = name.rfind(std::string(suffix) + ":");
    if (colon != std::string::npos)
      return PluginName{name.substr(0, colon + suffix.size()),
                        name.substr(colon + suffix.size() + 1)};
    if (name.ends_with(suffix)) return PluginName{name};
  }
  if (name.find('/') != std::string::npos) return PluginName{name};
  return std::nullopt;
}

/// Names for a sentence: the first ones where there are many.
std::string listed(std::span<const std::string> names) {
  constexpr std::size_t shown = 20;
  if (names.size() <= shown) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, ... ({} in all)", fmt::join(names.first(shown), ", "), names.size());
}

/// What the plug-in is called, and the file that is loaded.
std::pair<std::string, std::string> named_library(const PluginName& name) {
  if (!name.is_source()) return {name.path, name.path};
  const bool on_gpu = name.is_for(gpu) || (!name.is_for(emulated) && emulation::has_gpu_and_nvcc());
  return {name.file() + std::string(on_gpu ? gpu : emulated),
          on_gpu ? emulation::built_for_gpu(name.file())
                 : emulation::built_for_emulated_device(name.file())};
}

std::vector<Subject> from_plugin(const PluginName& name, const sandbox::Limits& limits) {
  const std::string& wanted = name.kernel;
  const auto& [path, library] = named_library(name);
  std::vector<Subject> chosen;
  std::vector<std::string> known;
  for (Subject& subject : sandbox::load_plugin(library, limits)) {
    known.push_back(subject.kernel.name);
    if (!wanted.empty() && subject.kernel.name != wanted) continue;
    subject.kernel.name = fmt::format("{}:{}", path, subject.kernel.name);
    chosen.push_back(std::move(subject));
  }
  if (chosen.empty())
    throw InputError(fmt::format("{} has no kernel '{}'; it has {}", path, wanted, listed(known)));
  return chosen;
}

/// Kernels for a GPU always run in workers: an error that breaks the device breaks it for the whole
/// process.
bool runs_here(const Kernel& built_in, BuiltInsRun where) {
  return where == BuiltInsRun::here && built_in.device == DeviceKind::cpu;
}
Subject subject_of(const Kernel& kernel, const sandbox::Limits& limits, BuiltInsRun where) {
  return runs_here(kernel, where) ? sandbox::in_process(kernel)
                                  : sandbox::in_worker(kernel, limits);
}

/// The single engines of cuDNN, which are too many to be listed among the kernels: the one of that
/// name, or those that a pattern with the word "engine" matches.
std::vector<Kernel> engines_matching(const std::string& pattern) {
  if (auto engine = gpu::engine_kernel(pattern)) return {std::move(*engine)};
  std::vector<Kernel> matching;
  if (pattern.find("engine") == std::string::npos) return matching;
  for (Kernel& engine : gpu::engine_kernels())
    if (fnmatch(pattern.c_str(), engine.name.c_str(), 0) == 0)
      matching.push_back(std::move(engine));
  return matching;
}

/// Our kernels for a GPU on the emulated device: a plug-in that is built and loaded once, when one
/// of them is first opened, from any thread.
class EmulatedRows {
 public:
  explicit EmulatedRows(const sandbox::Limits& limits) : limits_(limits) {}

  std::unique_ptr<sandbox::Sandbox> open(const std::string& name) {
    const std::scoped_lock lock(loading_);
    if (loaded_.empty())
      loaded_ = sandbox::load_plugin(
          emulation::built_for_emulated_device(gpu::emulated::sources(), "gpu/emulated/rows.cu"),
          limits_);
    for (const Subject& subject : loaded_)
      if (subject.kernel.name == "rows." + name) return subject.open();
    throw std::logic_error(fmt::format("gpu/emulated/rows.cu has no kernel '{}'", name));
  }

 private:
  sandbox::Limits limits_;
  std::mutex loading_;
  std::vector<Subject> loaded_;
};

/// What is declared of the row for a GPU holds here, too; its functions are those of the plug-in.
Subject emulated_subject(const Kernel& row, const std::shared_ptr<EmulatedRows>& rows) {
  Kernel declared = row;
  declared.name += emulated;
  declared.device = DeviceKind::cpu;
  declared.absent = emulation::why_no_emulated_device;
  declared.refuses = {}, declared.workspace_bytes = {}, declared.plan = {}, declared.run = {};
  return {std::move(declared), [name = row.name, rows] { return rows->open(name); }};
}

bool is_emulated_row(const std::string& name) {
  return name.ends_with(emulated) && !plugin_name(name);
}

std::vector<Subject> from_built_ins(const std::string& pattern, const sandbox::Limits& limits,
                                    BuiltInsRun where) {
  std::vector<Subject> chosen;
  std::vector<std::string> known;
  for (const Kernel& kernel : ops::all_kernels()) {
    known.push_back(kernel.name);
    if (fnmatch(pattern.c_str(), kernel.name.c_str(), 0) == 0)
      chosen.push_back(subject_of(kernel, limits, where));
  }
  const auto rows = std::make_shared<EmulatedRows>(limits);
  for (const Kernel& row : gpu::own_kernels()) {
    known.push_back(row.name + std::string(emulated));
    if (pattern.ends_with(emulated) && fnmatch(pattern.c_str(), known.back().c_str(), 0) == 0)
      chosen.push_back(emulated_subject(row, rows));
  }
  for (const Kernel& engine : engines_matching(pattern))
    chosen.push_back(subject_of(engine, limits, where));
  if (chosen.empty())
    throw InputError(fmt::format(
        "no kernel matches '{}'{}; there are {} (or give a plug-in: ./file.so, ./file.py)", pattern,
        did_you_mean(pattern, known), fmt::join(known, ", ")));
  return chosen;
}

std::uint64_t hash_of(std::istream& bytes) {
  std::uint64_t hash = fnv_1a("");
  std::array<char, 65536> chunk{};
  while (bytes.read(chunk.data(), chunk.size()) || bytes.gcount() > 0)
    hash = fnv_1a({chunk.data(), static_cast<std::size_t>(bytes.gcount())}, hash);
  return hash;
}

}  // namespace

bool is_plugin_name(const std::string& name) { return plugin_name(name).has_value(); }

std::vector<Subject> subjects_named(const std::vector<std::string>& names,
                                    const sandbox::Limits& limits, BuiltInsRun where) {
  std::vector<Subject> subjects;
  std::unordered_set<std::string> known;
  const std::vector<std::string> all = {"*"};
  for (const std::string& name : names.empty() ? all : names) {
    const auto plugin = plugin_name(name);
    for (Subject& subject :
         plugin ? from_plugin(*plugin, limits) : from_built_ins(name, limits, where))
      if (known.insert(subject.kernel.name).second) subjects.push_back(std::move(subject));
  }
  return subjects;
}

void add_kernel(run::RunInfo& info, const Kernel& kernel) {
  info.kernels.push_back(kernel.name);
  std::string claims = oracle::widening_claims(kernel.claims);
  if (!claims.empty()) info.claims.emplace_back(kernel.name, std::move(claims));
}

Device& device_of(const Kernel& kernel) {
  return absence(kernel) ? host_device() : ops::device_of(kernel);
}

std::string_view name_of(RunsOn device) {
  return device == RunsOn::cpu ? "cpu" : device == RunsOn::gpu ? "gpu" : "emulated";
}

RunsOn runs_on(const Kernel& kernel) {
  const auto plugin = plugin_name(kernel.name);
  if (is_emulated_row(kernel.name) || (plugin && plugin->is_for(emulated))) return RunsOn::emulated;
  return kernel.device == DeviceKind::gpu || (plugin && plugin->is_for(gpu)) ? RunsOn::gpu
                                                                             : RunsOn::cpu;
}

std::vector<Subject> subjects_for(std::vector<std::string> names, std::optional<RunsOn> device,
                                  const sandbox::Limits& limits, BuiltInsRun where) {
  if (!device) return subjects_named(names, limits, where);
  if (names.empty()) names = {"*"};
  for (std::string& name : names) {
    const auto plugin = plugin_name(name);
    if (plugin && plugin->path.ends_with(".cu"))
      name.insert(plugin->path.size(), *device == RunsOn::gpu ? gpu : emulated);
    else if (!plugin && *device == RunsOn::emulated && !name.ends_with(emulated))
      name += emulated;
  }
  std::vector<Subject> subjects = subjects_named(names, limits, where);
  std::erase_if(subjects,
                [&](const Subject& subject) { return runs_on(subject.kernel) != *device; });
  return subjects;
}

Roster roster_of(const std::vector<std::string>& names, const sandbox::Limits& limits,
                 BuiltInsRun where, std::optional<RunsOn> device) {
  Roster roster;
  for (Subject& subject : subjects_for(names, device, limits, where)) {
    if (const auto why = absence(subject.kernel))
      roster.absent.emplace_back(subject.kernel.name, *why);
    else
      roster.subjects.push_back(std::move(subject));
  }
  roster.workers =
      static_cast<std::size_t>(std::ranges::count_if(roster.subjects, [&](const Subject& subject) {
        return is_emulated_row(subject.kernel.name) || plugin_name(subject.kernel.name) ||
               !runs_here(subject.kernel, where);
      }));
  // What is built when it is first called would be built within the time of the run.
  for (const Subject& subject : roster.subjects)
    if (is_emulated_row(subject.kernel.name)) static_cast<void>(subject.open());
  if (!roster.subjects.empty()) return roster;
  if (roster.absent.empty())
    throw InputError(fmt::format("none of the kernels asked for runs on {}",
                                 *device == RunsOn::cpu   ? "a cpu"
                                 : *device == RunsOn::gpu ? "a gpu"
                                                          : "the emulated device"));
  throw EnvironmentError(fmt::format(
      "cannot run here: {}", fmt::join(reports::absence_lines({.absent = roster.absent}), "; ")));
}

Subject subject_named(const std::string& name, const sandbox::Limits& limits, BuiltInsRun where) {
  std::vector<Subject> subjects = subjects_named({name}, limits, where);
  if (subjects.size() != 1) {
    std::vector<std::string> names;
    names.reserve(subjects.size());
    for (const Subject& subject : subjects) names.push_back(subject.kernel.name);
    throw InputError(fmt::format("'{}' names {} kernels ({}); one is wanted", name, names.size(),
                                 listed(names)));
  }
  return std::move(subjects.front());
}

std::vector<std::pair<std::string, std::string>> plugin_hashes(
    const std::vector<std::string>& names) {
  std::map<std::string, std::string> hashes;
  for (const std::string& name : names) {
    const auto plugin = plugin_name(name);
    if (!plugin || hashes.contains(plugin->path)) continue;
    std::ifstream file(plugin->file(), std::ios::binary);
    if (!file) throw FileError(fmt::format("cannot read {}", plugin->file()));
    hashes[plugin->path] = fmt::format("{:016x}", hash_of(file));
  }
  return {hashes.begin(), hashes.end()};
}

sandbox::BuiltIns built_ins() {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> all(ops::all_kernels().begin(), ops::all_kernels().end());
    for (Kernel& engine : gpu::engine_kernels()) all.push_back(std::move(engine));
    return all;
  }();
  return {.kernels = kernels, .device_of = device_of};
}

oracle::TruthKernels truth_kernels(int jobs) {
  const auto kernels = optimized::kernels();
  return oracle::TruthKernels({kernels.begin(), kernels.end()},
                              std::max(1, available_cores() / jobs));
}

}  // namespace convict::cli
