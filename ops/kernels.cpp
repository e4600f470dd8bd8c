// SPDX-License-Identifier: Apache-2.0
#include "ops/kernels.hpp"

#include <vector>

#include "gpu/kernels.hpp"
#include "ops/user_kernels.hpp"
#include "optimized/kernels.hpp"
#include "reference/kernels.hpp"

namespace convict::ops {
namespace {

std::vector<Kernel> join(std::initializer_list<std::span<const Kernel>> tables) {
  std::vector<Kernel> joined;
  for (const auto table : tables) joined.insert(joined.end(), table.begin(), table.end());
  return joined;
}

}  // namespace

std::span<const Kernel> base_kernels() {
  static const std::vector<Kernel> list =
      join({reference::kernels(), optimized::kernels(), gpu::kernels()});
  return list;
}

std::span<const Kernel> all_kernels() {
  static const std::vector<Kernel> list = join({base_kernels(), user_kernels()});
  return list;
}

}  // namespace convict::ops
