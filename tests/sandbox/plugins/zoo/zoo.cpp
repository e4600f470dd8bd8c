// SPDX-License-Identifier: Apache-2.0
#include "zoo.hpp"

namespace {

/// Everything that a kind does not say is that of a right kernel.
convict_kernel kernel_of(const zoo::Kind& kind) {
  convict_kernel made = kind.more;
  made.size = sizeof made;
  made.name = kind.name;
  made.passes = CONVICT_FORWARD;
  made.precisions = CONVICT_F32;
  made.any_strides = 1;
  made.run = kind.run;
  if (made.refuses == nullptr) made.refuses = refuse_rightly;
  return made;
}

struct Table {
  std::vector<convict_kernel> kernels;
  std::vector<const convict_kernel*> pointers;
  convict_plugin plugin{};

  Table() {
    for (const auto& kinds : {zoo::answers(), zoo::ends(), zoo::faults(), zoo::memory(),
                              zoo::processes(), zoo::states(), zoo::words()})
      for (const zoo::Kind& kind : kinds) kernels.push_back(kernel_of(kind));
    for (const convict_kernel& kernel : kernels) pointers.push_back(&kernel);
    plugin = {sizeof plugin, CONVICT_PLUGIN_ABI, static_cast<int>(pointers.size()),
              pointers.data()};
  }
};

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const Table table;
  return &table.plugin;
}
