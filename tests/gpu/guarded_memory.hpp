// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace convict::cuda_on_cpu {

/// Memory filled with NaN, between two zones that must not be accessed. Under ASan an access to a
/// zone is reported where it happens; otherwise `written_outside` detects stores.
class GuardedMemory {
 public:
  explicit GuardedMemory(std::size_t bytes);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;

  std::byte* data() const;
  std::size_t bytes() const { return bytes_; }
  void poison() const;
  /// "wrote before its memory", "wrote behind its memory" or "".
  std::string written_outside() const;

 private:
  std::size_t bytes_;
  std::byte* memory_;
};

/// `count` guarded elements.
template <class T>
class GuardedArray : public GuardedMemory {
 public:
  explicit GuardedArray(std::size_t count) : GuardedMemory(count * sizeof(T)) {}
  T* data() const { return reinterpret_cast<T*>(GuardedMemory::data()); }
  std::size_t size() const { return bytes() / sizeof(T); }
  T& operator[](std::size_t at) const { return data()[at]; }
  T* begin() const { return data(); }
  T* end() const { return data() + size(); }
};

}  // namespace convict::cuda_on_cpu
