// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/plugin.h"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {

/// A plug-in loaded in this process, a worker. Wrong pointers in its table crash this process only.
class LoadedPlugin {
 public:
  /// Loads the file and checks its table of kernels. Throws FileError with the loader's message or
  /// with what is wrong in the table.
  explicit LoadedPlugin(const std::string& path);

  int kernel_count() const { return static_cast<int>(kernels_.size()); }
  const convict_kernel& kernel(int number) const {
    return kernels_[static_cast<std::size_t>(number)];
  }
  /// Throws FileError when the kernel's name is too long.
  KernelRecord describe(int number) const;

  /// Makes a plan for `problem`, if the kernel makes plans and the latest plan is for another
  /// problem. False when plan_create returned null.
  bool plan(int number, const convict_problem& problem);
  /// Destroys the latest plan, if there is one and the kernel has a plan_destroy.
  void destroy_plan();
  /// Runs the kernel with the plan that plan() has made for `problem`; returns its status.
  int run(int number, const convict_problem& problem, convict_buffers buffers);

 private:
  /// The latest plan. It is not destroyed with this object, because no code of the plug-in may run
  /// once the host is gone.
  struct Plan {
    void* made = nullptr;
    int number = -1;
    convict_problem problem{};
  };

  std::vector<convict_kernel> kernels_;  ///< copies, see known_part
  Plan plan_;
};

}  // namespace convict::sandbox
