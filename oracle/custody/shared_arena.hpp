#pragma once

#include <cstddef>
#include <span>

#include "oracle/custody/descriptor.hpp"

namespace convict::oracle {

/// Memory that a process shares with its children: an anonymous file that only grows.
class SharedArena {
 public:
  /// Throws EnvironmentError when the system has no such files.
  SharedArena();
  ~SharedArena();
  SharedArena(const SharedArena&) = delete;
  SharedArena& operator=(const SharedArena&) = delete;

  /// At least `bytes`, zero where they are new; invalidates earlier spans. Throws EnvironmentError
  /// when there is no memory.
  std::span<std::byte> reserve(std::size_t bytes);
  std::size_t bytes() const { return bytes_; }
  int descriptor() const { return file_.get(); }

 private:
  Descriptor file_;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A child's view of it, between two stretches of forbidden memory: a kernel that runs far out of
/// its buffers dies rather than spoil the child's own memory.
class ArenaWindow {
 public:
  explicit ArenaWindow(int file) : file_(file) {}

  /// The whole arena, which is `bytes` long by now. Throws EnvironmentError.
  std::byte* map(std::size_t bytes);

 private:
  int file_;
  std::byte* fence_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace convict::oracle
