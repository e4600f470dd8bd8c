// SPDX-License-Identifier: Apache-2.0
#include "gpu/runtime/runtime.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"

namespace convict::gpu {

std::string words_of(const char* call, cudaError_t status) {
  return fmt::format("{}: {} ({})", call, cudaGetErrorName(status), cudaGetErrorString(status));
}

void require(cudaError_t status, const char* call) {
  if (status != cudaSuccess) throw EnvironmentError(words_of(call, status));
}

}  // namespace convict::gpu
