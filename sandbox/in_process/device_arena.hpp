#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/device.hpp"
#include "core/kernel.hpp"
#include "sandbox/in_process/growing_memory.hpp"
#include "sandbox/placement.hpp"

namespace convict::sandbox {

/// An arena of the host on a device the host cannot reach. What a kernel meets there changes while
/// it runs: until its place in the stream the memory holds NaN, and behind it again, so a kernel
/// that works on another stream, or goes on working after its call, computes with NaN or writes
/// what nobody sees.
class DeviceArena {
 public:
  explicit DeviceArena(Device& device)
      : device_(device), waiting_(device), whole_(device), collected_(device) {}
  ~DeviceArena();
  DeviceArena(const DeviceArena&) = delete;
  DeviceArena& operator=(const DeviceArena&) = delete;

  /// Sends `arena`, and enqueues its arrival behind a delay. Where the placement is guarded and the
  /// device can, every buffer lies against a wall. Returns where the buffers will be.
  Buffers send(std::span<const std::byte> arena, const Placement& placement);
  /// Enqueues that what the kernel left is put aside, and then overwritten.
  void collect();
  /// Waits, and fetches what `collect` put aside.
  void fetch(std::span<std::byte> arena);

 private:
  /// Bytes of the arena and where they are on the device.
  struct Piece {
    ByteRange of;
    std::byte* at;
    std::size_t bytes() const { return of.end - of.begin; }
  };

  std::vector<Piece> pieces_for(std::size_t bytes, const Placement& placement);
  std::optional<Piece> walled(std::size_t slot, const BufferSlot& where);
  std::byte* on_device(std::size_t offset) const;
  void poison(const Piece& piece);

  Device& device_;
  GrowingMemory waiting_;    ///< the arena before it arrives
  GrowingMemory whole_;      ///< where the kernel works, unless against walls
  GrowingMemory collected_;  ///< what it left
  std::array<Walled, 4> walled_{};
  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;  ///< of the arena that was sent
};

}  // namespace convict::sandbox
