// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace convict_device {

/// What a device of a compute capability has (CUDA C++ Programming Guide, Technical Specifications
/// per Compute Capability).
struct Capability {
  int number;                         ///< 90 for sm_90
  std::size_t most_shared;            ///< bytes of a block
  std::size_t multiprocessor_shared;  ///< bytes
  int multiprocessor_threads;
};

/// That of the -arch which the source was compiled for.
const Capability& capability();

/// Shared memory that a kernel may declare, and get without cudaFuncSetAttribute.
constexpr std::size_t most_static_shared = 48 << 10;
constexpr int multiprocessors = 4;

}  // namespace convict_device
