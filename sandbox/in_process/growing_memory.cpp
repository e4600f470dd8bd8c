// SPDX-License-Identifier: Apache-2.0
#include "sandbox/in_process/growing_memory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <utility>

#include "core/errors.hpp"

namespace convict::sandbox {

void GrowingMemory::reserve(std::size_t bytes) {
  constexpr std::size_t much = std::size_t{16} << 20;
  // An empty request ends a trial.
  if (data_ != nullptr && bytes <= capacity_ && (bytes > 0 || capacity_ <= much)) return;
  clear();
  bytes = std::max<std::size_t>(bytes, 1);  // some devices return null for 0 bytes
  try {
    data_ = device_.allocate(bytes);
  } catch (const std::bad_alloc&) {
    throw EnvironmentError(fmt::format("no memory for {} bytes on {}", bytes, device_.name()));
  }
  capacity_ = bytes;
}

void GrowingMemory::clear() {
  if (data_ != nullptr) device_.release(std::exchange(data_, nullptr));
}

}  // namespace convict::sandbox
