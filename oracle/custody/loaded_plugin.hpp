#pragma once

#include <string>

#include "core/plugin.h"
#include "oracle/custody/protocol.hpp"

namespace convict::oracle {

/// A plug-in in the address space of this process: the child's. Whatever its code does, a wrong
/// pointer in its table included, happens here.
class LoadedPlugin {
 public:
  /// Loads the file and checks its table of kernels. Throws FileError with the loader's words or
  /// with what is wrong in the table.
  explicit LoadedPlugin(const std::string& path);

  int kernel_count() const { return plugin_->kernel_count; }
  const convict_kernel& kernel(int row) const { return *plugin_->kernels[row]; }
  /// Throws FileError when the row has no name or one that does not fit.
  RowRecord describe(int row) const;

 private:
  const convict_plugin* plugin_ = nullptr;
};

}  // namespace convict::oracle
