#include "oracle/custody/loaded_plugin.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>

#include "core/errors.hpp"

namespace convict::oracle {
namespace {

constexpr const char* entry_name = "convict_plugin_v1";

convict_plugin_entry entry_of(const std::string& path) {
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw FileError(fmt::format("cannot be loaded: {}", ::dlerror()));
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

void check_kernel(int row, const convict_kernel* kernel) {
  const std::string what = fmt::format("kernel {}", row);
  if (kernel == nullptr) throw FileError(what + " is null");
  check_size(what, kernel->size, sizeof(convict_kernel));
  if (kernel->name == nullptr) throw FileError(what + " has no name");
  if (kernel->run == nullptr)
    throw FileError(fmt::format("{} ('{}') has no run", what, kernel->name));
}

}  // namespace

LoadedPlugin::LoadedPlugin(const std::string& path) : plugin_(entry_of(path)()) {
  if (plugin_ == nullptr) throw FileError(fmt::format("its {} returned null", entry_name));
  check_size("its table", plugin_->size, sizeof(convict_plugin));
  if (plugin_->abi != CONVICT_PLUGIN_ABI)
    throw FileError(
        fmt::format("has ABI {}; this program speaks ABI {}", plugin_->abi, CONVICT_PLUGIN_ABI));
  if (plugin_->kernel_count < 1 || plugin_->kernels == nullptr)
    throw FileError(fmt::format("has {} kernels; it must have at least 1", plugin_->kernel_count));
  for (int row = 0; row < plugin_->kernel_count; ++row) check_kernel(row, plugin_->kernels[row]);
}

RowRecord LoadedPlugin::describe(int row) const {
  const convict_kernel& original = kernel(row);
  RowRecord record{};
  if (std::strlen(original.name) >= record.name.size())
    throw FileError(fmt::format("kernel {} has a name of {} bytes; at most {} are allowed", row,
                                std::strlen(original.name), record.name.size() - 1));
  put_text(record.name, original.name);
  record.has_refuses = original.refuses != nullptr ? 1 : 0;
  record.has_workspace_bytes = original.workspace_bytes != nullptr ? 1 : 0;
  record.row = original;
  record.row.name = nullptr;
  record.row.refuses = nullptr;
  record.row.workspace_bytes = nullptr;
  record.row.run = nullptr;
  return record;
}

}  // namespace convict::oracle
