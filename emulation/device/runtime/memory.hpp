// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "convict_device/api.hpp"

namespace convict_device {

/// Memory of the emulated device. It lies in one range of addresses, each piece on pages of its own
/// between pages that cannot be touched, and is NaN (bytes of 0xFF) until it is written.
struct Allocation {
  char* begin = nullptr;
  std::size_t bytes = 0;
  enum class Kind { device, pinned, managed, shared } kind = Kind::device;
  Site site{};
  unsigned number = 0;  ///< of the call
  char* pages = nullptr;
  std::size_t page_bytes = 0;
  bool is_live = false;
  /// What the threads of this launch accessed of it; nothing while low is above high.
  char *low = nullptr, *high = nullptr;

  bool has(const void* address) const { return address >= begin && address < begin + bytes; }
  bool is_for_host() const { return kind == Kind::pinned || kind == Kind::managed; }
};

constexpr std::size_t device_bytes = std::size_t{16} << 30;  ///< of the range of addresses

/// Null when there is no memory.
Allocation* new_allocation(std::size_t bytes, Allocation::Kind kind, Site site);
void delete_allocation(Allocation& allocation);
/// The live allocation that begins at `address`, or null.
Allocation* allocation_at(const void* address);
/// The allocation on whose pages, or on the page before or behind them, `address` lies, be it live
/// or freed; or null.
Allocation* allocation_near(const void* address);
bool is_device_address(const void* address);
const char* device_memory_begin();

/// "8 bytes behind the 400 bytes that cudaMalloc gave at conv.cu:12"
std::string place_of(const void* address);
/// What the allocation is called in a sentence.
std::string name_of(const Allocation& allocation);

/// Bytes beside allocations, on their pages, that the kernel changed: a sentence, or empty.
std::string written_beside();

std::size_t live_device_bytes();
unsigned live_allocations();
void for_each_live_allocation(const std::function<void(const Allocation&)>& visit);
/// From now on allocations are numbered from 1.
void begin_numbering();

/// Whether the host may touch device memory. Kernels and copies may.
void open_device_memory(bool open);

/// The byte of memory that nobody wrote at an address: together NaN in every format of 2, 4 or 8
/// bytes, and another NaN than convict's.
constexpr unsigned char poison_at(std::uintptr_t address) { return address % 2 == 0 ? 0xF5 : 0xFF; }
void fill_with_poison(char* from, std::size_t bytes);
bool is_poison(const char* from, std::size_t bytes);

}  // namespace convict_device
