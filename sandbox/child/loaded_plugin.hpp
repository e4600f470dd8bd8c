#pragma once

#include <string>
#include <vector>

#include "core/plugin.h"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {

/// A plug-in in the address space of this process: the child's. Whatever its code does, a wrong
/// pointer in its table included, happens here.
class LoadedPlugin {
 public:
  /// Loads the file and checks its table of kernels. Throws FileError with the loader's words or
  /// with what is wrong in the table.
  explicit LoadedPlugin(const std::string& path);

  int kernel_count() const { return static_cast<int>(kernels_.size()); }
  const convict_kernel& kernel(int row) const { return kernels_[static_cast<std::size_t>(row)]; }
  /// Throws FileError when the row has no name or one that does not fit.
  KernelRecord describe(int row) const;

  /// Has the plan for `problem` made, if the row makes plans and the latest one is not of this
  /// problem. False when it returned null.
  bool plan(int row, const convict_problem& problem);
  /// The latest plan, if there is one and something to destroy it with.
  void destroy_plan();
  /// Runs with the plan for `problem`, which was made before; the status.
  int run(int row, const convict_problem& problem, convict_buffers buffers);

 private:
  /// The latest plan. It is not destroyed with this object: nothing of the plug-in may run once the
  /// host is gone.
  struct Plan {
    void* made = nullptr;
    int row = -1;
    convict_problem problem{};
  };

  std::vector<convict_kernel> kernels_;  ///< as this program knows them
  Plan plan_;
};

}  // namespace convict::sandbox
