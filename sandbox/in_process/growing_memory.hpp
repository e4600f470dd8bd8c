// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/device.hpp"

namespace convict::sandbox {

/// Memory of one device that grows, and is given back when little of much is wanted; growing loses
/// the contents.
class GrowingMemory {
 public:
  explicit GrowingMemory(Device& device) : device_(device) {}
  ~GrowingMemory() { clear(); }
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;

  std::byte* data() const { return data_; }
  /// Throws EnvironmentError when there is no memory.
  void reserve(std::size_t bytes);

 private:
  void clear();

  Device& device_;
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace convict::sandbox
