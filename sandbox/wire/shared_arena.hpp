#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sandbox/placement.hpp"
#include "sandbox/system/descriptor.hpp"

namespace convict::sandbox {

/// What a child leaves behind when it dies. The code under test may have written anything here.
struct FaultRecord {
  std::uint64_t call = 0;     ///< under way, or the latest: protocol.hpp names them
  std::uint64_t noted = 0;    ///< 1 once the others are
  std::uint64_t address = 0;  ///< that was touched
  std::uint64_t arena = 0;    ///< where the child has the arena
};

/// Memory that a process shares with its children: an anonymous file that only grows. A fault
/// record leads, the arena follows.
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
  volatile FaultRecord& fault();

 private:
  void grow(std::size_t bytes);

  Descriptor file_;
  std::byte* file_data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// A child's view of it, between two stretches of forbidden memory: a kernel that runs far out of
/// its buffers dies rather than spoil the child's own memory. Closed, all of it is forbidden.
class ArenaWindow {
 public:
  /// Throws EnvironmentError.
  explicit ArenaWindow(int file);

  volatile FaultRecord& fault() { return *fault_; }
  /// The first `used` bytes of the arena, which is `bytes` long by now, with the rights that the
  /// placement gives; what lies behind stays forbidden. Throws EnvironmentError.
  std::byte* open(std::size_t bytes, std::size_t used, const Placement& placement);
  void close();

 private:
  std::byte* map(std::size_t bytes);
  void allow(const ByteRange& stretch, int rights);

  int file_;
  FaultRecord* fault_ = nullptr;
  std::byte* fence_ = nullptr;
  std::size_t bytes_ = 0;
  ByteRange opened_{};
};

}  // namespace convict::sandbox
