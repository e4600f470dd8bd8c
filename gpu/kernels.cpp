// SPDX-License-Identifier: Apache-2.0
#include "gpu/kernels.hpp"

#include <vector>

#include "gpu/cudnn/entries.hpp"
#include "gpu/emulated/rows.hpp"

namespace convict::gpu {

std::span<const Kernel> kernels() {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> all = cudnn_kernels();
    for (Kernel& kernel : own_kernels()) all.push_back(std::move(kernel));
    return all;
  }();
  return kernels;
}

}  // namespace convict::gpu
