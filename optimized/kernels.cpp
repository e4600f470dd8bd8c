// SPDX-License-Identifier: Apache-2.0
#include "optimized/kernels.hpp"

#include "optimized/corr_mm.hpp"

namespace convict::optimized {

std::span<const Kernel> kernels() {
  static const Kernel table[] = {corr_mm(), corr3d_mm()};
  return table;
}

}  // namespace convict::optimized
