// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// Part of every kernel for the emulated device, too.

namespace convict::emulation {

/// What a device of a compute capability has (CUDA C++ Programming Guide, Technical Specifications
/// per Compute Capability).
struct Capability {
  int number;  ///< 90 for sm_90
  int multiprocessor_threads;
  std::size_t most_shared;            ///< bytes of a block
  std::size_t multiprocessor_shared;  ///< bytes
};

inline constexpr std::size_t kib = 1024;
inline constexpr Capability capabilities[] = {
    {70, 2048, 96 * kib, 96 * kib},    {75, 1024, 64 * kib, 64 * kib},
    {80, 2048, 163 * kib, 164 * kib},  {86, 1536, 99 * kib, 100 * kib},
    {87, 1536, 163 * kib, 164 * kib},  {89, 1536, 99 * kib, 100 * kib},
    {90, 2048, 227 * kib, 228 * kib},  {100, 2048, 227 * kib, 228 * kib},
    {103, 2048, 227 * kib, 228 * kib}, {120, 1536, 99 * kib, 100 * kib},
    {121, 1536, 99 * kib, 100 * kib}};

/// Null for a number that is not in the table.
constexpr const Capability* capability_of(int number) {
  for (const Capability& one : capabilities)
    if (one.number == number) return &one;
  return nullptr;
}

}  // namespace convict::emulation
