// SPDX-License-Identifier: Apache-2.0
#include "sandbox/child/loaded_plugin.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "core/errors.hpp"

namespace convict::sandbox {
namespace {

constexpr const char* entry_name = "convict_plugin_v1";
constexpr int most_kernels = 1'000'000;

/// The shared object to load for `path`: the file itself, or for a Python script the plug-in that
/// embeds Python, which finds the script by an environment variable. That plug-in lies next to this
/// program where it is built, and under the same prefix where it is installed.
std::string library_for(const std::string& path) {
  if (!path.ends_with(".py")) return path;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto built = folder / "python_kernel.so";
  const auto installed = folder.parent_path() / CONVICT_LIBDIR / "convict/python_kernel.so";
  for (const auto& library : {built, installed})
    if (std::filesystem::exists(library)) {
      ::setenv("CONVICT_PYTHON_SCRIPT", path.c_str(), 1);
      return library.string();
    }
  throw FileError(fmt::format(
      "a kernel in Python needs {}, which comes from building convict where python3-dev "
      "is installed",
      installed.string()));
}

convict_plugin_entry entry_of(const std::string& path) {
  const std::string file = library_for(path);
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::string_view why = ::dlerror();
    // The host names the file, too.
    if (why.starts_with(file + ": ")) why.remove_prefix(file.size() + 2);
    throw FileError(fmt::format("cannot be loaded: {}", why));
  }
  void* const symbol = ::dlsym(library, entry_name);
  if (symbol == nullptr)
    throw FileError(
        fmt::format("exports no {}: a plug-in defines const convict_plugin* {}(void), "
                    "as C (extern \"C\") and visible",
                    entry_name, entry_name));
  return reinterpret_cast<convict_plugin_entry>(symbol);
}

void check_size(const std::string& what, std::size_t size, std::size_t least) {
  if (size < least)
    throw FileError(fmt::format("{} has size {}; it must be sizeof the struct, at least {}", what,
                                size, least));
}

/// sizeof(convict_kernel) of earlier versions, which ended before these members.
constexpr std::array earlier_sizes = {offsetof(convict_kernel, plan_create),
                                      offsetof(convict_kernel, transform_axes)};

/// A copy of a plug-in's kernel entry: fields that an older plug-in lacks are zero, fields that
/// only a newer one has are left out. Throws FileError when the entry is invalid.
convict_kernel known_part(int number, const convict_kernel* kernel) {
  const std::string what = fmt::format("kernel {}", number);
  if (kernel == nullptr) throw FileError(what + " is null");
  check_size(what, kernel->size, earlier_sizes.front());
  const bool is_earlier = std::ranges::find(earlier_sizes, kernel->size) != earlier_sizes.end();
  if (!is_earlier && kernel->size < sizeof(convict_kernel))
    throw FileError(fmt::format("{} has size {}; sizeof the struct was {} and is {} now", what,
                                kernel->size, fmt::join(earlier_sizes, ", "),
                                sizeof(convict_kernel)));
  convict_kernel known{};
  std::memcpy(&known, kernel, std::min(kernel->size, sizeof known));
  if (known.name == nullptr) throw FileError(what + " has no name");
  if (known.run == nullptr) throw FileError(fmt::format("{} ('{}') has no run", what, known.name));
  return known;
}

}  // namespace

LoadedPlugin::LoadedPlugin(const std::string& path) {
  const convict_plugin* const plugin = entry_of(path)();
  if (plugin == nullptr) throw FileError(fmt::format("its {} returned null", entry_name));
  check_size("its table", plugin->size, sizeof(convict_plugin));
  if (plugin->abi != CONVICT_PLUGIN_ABI)
    throw FileError(
        fmt::format("has ABI {}; this program speaks ABI {}", plugin->abi, CONVICT_PLUGIN_ABI));
  if (plugin->kernel_count < 1 || plugin->kernel_count > most_kernels)
    throw FileError(fmt::format("has {} kernels; it must have from 1 to {}", plugin->kernel_count,
                                most_kernels));
  if (plugin->kernels == nullptr)
    throw FileError(
        fmt::format("has {} kernels, and no list of them: kernels is null", plugin->kernel_count));
  kernels_.reserve(static_cast<std::size_t>(plugin->kernel_count));
  for (int number = 0; number < plugin->kernel_count; ++number)
    kernels_.push_back(known_part(number, plugin->kernels[number]));
}

KernelRecord LoadedPlugin::describe(int number) const {
  const convict_kernel& original = kernel(number);
  KernelRecord record{};
  if (std::strlen(original.name) >= record.name.size())
    throw FileError(fmt::format("kernel {} has a name of {} bytes; at most {} are allowed", number,
                                std::strlen(original.name), record.name.size() - 1));
  put_text(record.name, original.name);
  if (original.example != nullptr) {
    if (std::strlen(original.example) >= record.example.size())
      throw FileError(fmt::format("kernel {} has an example of {} bytes; at most {} are allowed",
                                  number, std::strlen(original.example),
                                  record.example.size() - 1));
    put_text(record.example, original.example);
  }
  if (original.layouts != nullptr) {
    if (std::strlen(original.layouts) >= record.layouts.size())
      throw FileError(fmt::format("kernel {} has layouts of {} bytes; at most {} are allowed",
                                  number, std::strlen(original.layouts),
                                  record.layouts.size() - 1));
    put_text(record.layouts, original.layouts);
  }
  record.has_refuses = original.refuses != nullptr ? 1 : 0;
  record.has_workspace_bytes = original.workspace_bytes != nullptr ? 1 : 0;
  record.kernel = original;
  record.kernel.name = nullptr;
  record.kernel.layouts = nullptr;
  record.kernel.refuses = nullptr;
  record.kernel.workspace_bytes = nullptr;
  record.kernel.run = nullptr;
  record.kernel.plan_create = nullptr;
  record.kernel.plan_destroy = nullptr;
  record.kernel.example = nullptr;
  return record;
}

bool LoadedPlugin::plan(int number, const convict_problem& problem) {
  if (kernel(number).plan_create == nullptr) return true;
  // plugin_problem sets the padding to zero; a plan that is made once more does no harm.
  const bool equal =  // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
      std::memcmp(&plan_.problem, &problem, sizeof problem) == 0;
  const bool same = plan_.number == number && equal;
  if (plan_.made != nullptr && same) return true;
  destroy_plan();
  plan_ = {kernel(number).plan_create(&problem), number, problem};
  return plan_.made != nullptr;
}

void LoadedPlugin::destroy_plan() {
  const Plan old = std::exchange(plan_, {});
  if (old.made != nullptr && kernel(old.number).plan_destroy != nullptr)
    kernel(old.number).plan_destroy(old.made);
}

int LoadedPlugin::run(int number, const convict_problem& problem, convict_buffers buffers) {
  buffers.plan = kernel(number).plan_create != nullptr ? plan_.made : nullptr;
  return kernel(number).run(&problem, &buffers);
}

}  // namespace convict::sandbox
