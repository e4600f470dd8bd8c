// SPDX-License-Identifier: Apache-2.0
#include "shadow.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "faults.hpp"
#include "lines.hpp"
#include "scheduler.hpp"

namespace convict_device::watch {
namespace {

template <class T>
T* reserved(std::size_t count) {
  void* const memory = mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    std::fputs("convict: the emulated device cannot reserve addresses to watch accesses\n", stderr);
    std::_Exit(3);
  }
  return static_cast<T*>(memory);
}
template <class T>
void clear(T* from, std::size_t count) {
  constexpr std::size_t page = 4096, large = 1 << 20;
  auto begin = reinterpret_cast<std::uintptr_t>(from), end = begin + count * sizeof(T);
  if (end - begin > large) {
    const std::uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
    std::memset(reinterpret_cast<void*>(begin), 0, first - begin);
    std::memset(reinterpret_cast<void*>(last), 0, end - last);
  } else {
    std::memset(static_cast<void*>(from), 0, count * sizeof(T));
  }
}

/// The allocations that threads of this launch accessed.
std::vector<Allocation*>& touched_allocations() {
  static auto* const one = new std::vector<Allocation*>;
  return *one;
}
// Accesses of variables of the program (__device__, __constant__), which have no array.
std::unordered_map<std::uintptr_t, Cell>& cells_of_variables() {
  static auto* const one = new std::unordered_map<std::uintptr_t, Cell>;
  return *one;
}

/// Where atomic operations stand in the source; Access::place has the top bit and a number.
constexpr std::uint32_t is_site = 1U << 31;
std::vector<Site>& atomic_sites() {
  static auto* const one = new std::vector<Site>;
  return *one;
}
}  // namespace

const Shadow& shadow() {
  static const Shadow one{reserved<Cell>(device_bytes / granule),
                          reserved<Operations>(device_bytes / granule),
                          reserved<unsigned char>(device_bytes)};
  return one;
}

std::size_t offset_of(const void* address) {
  return static_cast<std::size_t>(static_cast<const char*>(address) - device_memory_begin());
}

Cell& cell_of_variable(std::uintptr_t granule_number) {
  return cells_of_variables()[granule_number];
}
void forget_variables() { cells_of_variables().clear(); }

void touch(Allocation& allocation, char* begin, char* end) {
  if (allocation.low == nullptr) {
    allocation.low = begin, allocation.high = end;
    touched_allocations().push_back(&allocation);
  }
  allocation.low = std::min(allocation.low, begin);
  allocation.high = std::max(allocation.high, end);
}

Allocation* any_touched() {
  return touched_allocations().empty() ? nullptr : touched_allocations().back();
}

void forget_touched(Allocation& allocation) {
  if (allocation.low == nullptr) return;
  const std::size_t low = offset_of(allocation.low), high = offset_of(allocation.high);
  allocation.low = allocation.high = nullptr;
  std::erase(touched_allocations(), &allocation);
  clear(shadow().cells + low / granule, high / granule - low / granule + 1);
  if (allocation.kind == Allocation::Kind::shared) clear(shadow().written + low, high - low);
}

void clear_written(std::size_t offset, std::size_t bytes) {
  clear(shadow().written + offset, bytes);
}
void clear_operations(std::size_t offset, std::size_t bytes) {
  clear(shadow().operations + offset / granule, bytes / granule + 1);
}

std::uint32_t place_of_site(Site site) {
  auto& sites = atomic_sites();
  for (std::size_t at = 0; at < sites.size(); ++at)
    if (sites[at].file == site.file && sites[at].line == site.line)
      return is_site | static_cast<std::uint32_t>(at);
  sites.push_back(site);
  return is_site | static_cast<std::uint32_t>(sites.size() - 1);
}
std::string line_of_place(std::uint32_t place) {
  return text_of((place & is_site) != 0 ? atomic_sites()[place & ~is_site] : line_of(place));
}

std::string object_at(const char* address) {
  const Allocation* const near = allocation_near(address);
  if (near == nullptr) return "a variable of the device";
  if (near->kind != Allocation::Kind::shared)
    return text("byte %td of %s", address - near->begin, name_of(*near).c_str());
  const auto offset = static_cast<std::size_t>(address - near->begin);
  for (const SharedObject& object : running->shared_objects())
    if (offset >= object.offset && offset < object.offset + object.bytes)
      return text("shared memory '%s' (byte %zu)", object.name.c_str(), offset - object.offset);
  return "shared memory";
}

}  // namespace convict_device::watch
