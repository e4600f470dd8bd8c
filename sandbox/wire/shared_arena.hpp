// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/memory_budget.hpp"
#include "sandbox/placement.hpp"
#include "sandbox/system/descriptor.hpp"

namespace convict::sandbox {

/// What a worker writes about its current call and an access fault, for the host to read when it
/// has died. The code under test can overwrite it.
struct FaultRecord {
  std::uint64_t call = 0;     ///< the current or latest Call (protocol.hpp)
  std::uint64_t noted = 0;    ///< 1 once `address` holds the address of a fault
  std::uint64_t address = 0;  ///< the address that was accessed
  std::uint64_t arena = 0;    ///< address of the arena in the worker
};

/// The host's view of the memory that it shares with its workers: an anonymous file that only
/// grows, with a fault record at its start and the arena behind it. What it holds counts against
/// the budget of the process.
class SharedArena {
 public:
  /// Throws EnvironmentError when the file cannot be made.
  SharedArena();
  ~SharedArena();
  SharedArena(const SharedArena&) = delete;
  SharedArena& operator=(const SharedArena&) = delete;

  /// The first `bytes` of the arena; added memory is zero. Invalidates earlier spans. Memory behind
  /// them is given back where it is much. Throws TooLarge, and EnvironmentError when there is no
  /// memory.
  std::span<std::byte> reserve(std::size_t bytes);
  /// Bytes of memory that the file has.
  std::size_t used_bytes() const;
  std::size_t bytes() const { return bytes_; }
  int descriptor() const { return file_.get(); }
  volatile FaultRecord& fault();

 private:
  void grow(std::size_t bytes);

  Descriptor file_;
  std::byte* file_data_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t reserved_ = 0;  ///< there may be memory in use up to here
  MemoryBudget::Share share_;
};

/// A worker's view of that memory, between two inaccessible ranges of 1 MiB: a kernel that runs far
/// out of its buffers faults instead of overwriting other memory of the worker. While closed, the
/// arena is inaccessible, too.
class ArenaWindow {
 public:
  /// Throws EnvironmentError.
  explicit ArenaWindow(int file);

  volatile FaultRecord& fault() { return *fault_; }
  /// Makes the first `used` bytes of the arena, which is `bytes` long now, accessible with the
  /// rights of `placement`; the rest stays inaccessible. Returns the start of the arena. Throws
  /// EnvironmentError.
  std::byte* open(std::size_t bytes, std::size_t used, const Placement& placement);
  void close();

 private:
  std::byte* map(std::size_t bytes);
  void allow(const ByteRange& range, int rights);

  int file_;
  FaultRecord* fault_ = nullptr;
  std::byte* fence_ = nullptr;
  std::byte* start_ = nullptr;  ///< of the arena; a multiple of arena_boundary
  std::size_t bytes_ = 0;
  ByteRange opened_{};
};

}  // namespace convict::sandbox
