// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// Part of every kernel for the emulated device, too.

namespace convict::emulation {

/// What a device of a compute capability has (CUDA C++ Programming Guide, Technical Specifications
/// per Compute Capability).
struct Capability {
  int number;                         ///< 90 for sm_90
  std::size_t most_shared;            ///< bytes of a block
  std::size_t multiprocessor_shared;  ///< bytes
  int multiprocessor_threads;
};

inline constexpr std::size_t kib = 1024;
inline constexpr Capability capabilities[] = {
    {70, 96 * kib, 96 * kib, 2048},    {75, 64 * kib, 64 * kib, 1024},
    {80, 163 * kib, 164 * kib, 2048},  {86, 99 * kib, 100 * kib, 1536},
    {87, 163 * kib, 164 * kib, 1536},  {89, 99 * kib, 100 * kib, 1536},
    {90, 227 * kib, 228 * kib, 2048},  {100, 227 * kib, 228 * kib, 2048},
    {103, 227 * kib, 228 * kib, 2048}, {120, 99 * kib, 100 * kib, 1536},
    {121, 99 * kib, 100 * kib, 1536}};

/// Null for a number that is not in the table.
constexpr const Capability* capability_of(int number) {
  for (const Capability& one : capabilities)
    if (one.number == number) return &one;
  return nullptr;
}

}  // namespace convict::emulation
