// SPDX-License-Identifier: Apache-2.0
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

/// A copy of the host's arena on a device whose memory the host cannot address. In stream order,
/// the buffers hold NaN before and after the kernel's call and the data only during it. A kernel
/// that works on another stream, or after its call, therefore reads NaN, or writes results that are
/// never read.
class DeviceArena {
 public:
  explicit DeviceArena(Device& device)
      : device_(device), waiting_(device), whole_(device), collected_(device) {}
  ~DeviceArena();
  DeviceArena(const DeviceArena&) = delete;
  DeviceArena& operator=(const DeviceArena&) = delete;

  /// Uploads `arena` to a staging area and enqueues, after a delay, a copy to where the kernel
  /// works. If the placement is guarded and the device supports it, every buffer is adjacent to a
  /// wall (inaccessible memory). Returns the addresses of the buffers.
  Buffers send(std::span<const std::byte> arena, const Placement& placement);
  /// Enqueues a copy of what the kernel left, and then filling its memory with NaN.
  void collect();
  /// Waits for the stream and downloads the copy that `collect` made.
  void fetch(std::span<std::byte> arena);

 private:
  /// A range of the arena and its address on the device.
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
  GrowingMemory waiting_;    ///< the uploaded arena, before the delayed copy
  GrowingMemory whole_;      ///< memory that the kernel works on, unless it is walled
  GrowingMemory collected_;  ///< copy of what the kernel left
  std::array<Walled, 4> walled_{};
  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;  ///< of the arena that was sent
};

}  // namespace convict::sandbox
