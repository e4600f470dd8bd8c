// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda.h>

#include <cstddef>
#include <map>
#include <optional>

#include "core/device.hpp"

namespace convict::gpu {

/// The driver's functions for mapping memory by hand. Their addresses come from the runtime, since
/// a program linked with the driver's library does not start on a machine without a driver.
struct Driver {
  decltype(&cuMemGetAllocationGranularity) granularity = nullptr;
  decltype(&cuMemAddressReserve) reserve = nullptr;
  decltype(&cuMemAddressFree) unreserve = nullptr;
  decltype(&cuMemCreate) create = nullptr;
  decltype(&cuMemRelease) release = nullptr;
  decltype(&cuMemMap) map = nullptr;
  decltype(&cuMemUnmap) unmap = nullptr;
  decltype(&cuMemSetAccess) set_access = nullptr;
};

/// Nothing when the driver lacks one of them, or there is none.
std::optional<Driver> driver();

/// Device memory between unmapped address ranges: [hole | memory | hole], each hole as large as the
/// smallest piece that can be mapped (2 MiB on present devices). An access outside the memory by
/// less than that faults. Source: CUDA Driver API, Virtual Memory Management.
class WalledMemory {
 public:
  WalledMemory(const Driver& driver, int device);
  ~WalledMemory();
  WalledMemory(const WalledMemory&) = delete;
  WalledMemory& operator=(const WalledMemory&) = delete;

  /// At least `bytes`, rounded up to whole pieces. Throws std::bad_alloc when the device has no
  /// memory left, EnvironmentError when it fails otherwise; nothing is left behind.
  Walled allocate(std::size_t bytes);
  void release(const Walled& memory);

 private:
  struct Piece {
    CUdeviceptr range = 0;  ///< holes included
    std::size_t range_bytes = 0;
    CUmemGenericAllocationHandle handle = 0;
    bool created = false;
    bool mapped = false;
    std::size_t bytes = 0;
  };
  void map(Piece& piece);
  void unmap(const Piece& piece) const;

  Driver driver_;
  CUmemAllocationProp kind_{};
  std::size_t granularity_ = 0;
  std::map<std::byte*, Piece> pieces_;
};

}  // namespace convict::gpu
