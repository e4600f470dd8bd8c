// SPDX-License-Identifier: Apache-2.0
// Asynchronous copies to shared memory, and memory by the addresses that PTX knows.
#pragma once

#include <cstddef>

#include "language.hpp"

namespace convict_device {

/// Writes `bytes` at `to`: the first `from_bytes` are copied, the others are zero. `alignment` 1:
/// to any memory.
void copy_asynchronously(void* to, const void* from, std::size_t bytes, std::size_t from_bytes,
                         std::size_t alignment, Site site);
/// Ends a group of copies of the thread.
void commit_copies();
/// Waits until at most so many of the latest groups are under way.
void wait_for_copies(unsigned groups_under_way);
void wait_for_all_copies();

/// Addresses within shared memory, as instructions with .shared take them (PTX ISA, State Spaces).
unsigned shared_address(const void* pointer);
void* shared_pointer(unsigned address);

/// One access of 1, 2, 4, 8 or 16 bytes.
void load_bytes(void* to, const void* from, std::size_t bytes, Site site);
void store_bytes(void* to, const void* from, std::size_t bytes, Site site);

}  // namespace convict_device

inline std::size_t __cvta_generic_to_shared(const void* pointer) {
  return convict_device::shared_address(pointer);
}
inline void* __cvta_shared_to_generic(std::size_t address) {
  return convict_device::shared_pointer(static_cast<unsigned>(address));
}
inline std::size_t __cvta_generic_to_global(const void* pointer) {
  return reinterpret_cast<std::size_t>(pointer);
}
inline void* __cvta_global_to_generic(std::size_t address) {
  return reinterpret_cast<void*>(address);
}
