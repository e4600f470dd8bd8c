// SPDX-License-Identifier: Apache-2.0
#include "memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "faults.hpp"

namespace convict_device {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t alignment = 256;  // what cudaMalloc promises
constexpr std::size_t kept_freed = 64;  ///< freed pieces whose addresses are not used again

struct Pieces {
  char* begin = nullptr;
  std::size_t used = page;
  std::map<const char*, std::unique_ptr<Allocation>> pieces;  ///< by first page
  std::map<std::size_t, std::vector<char*>> reusable;         ///< pages, by size
  std::deque<Allocation*> freed;
  std::size_t live_bytes = 0;
  unsigned live = 0, numbered = 0;
  bool is_open = true;
};

Pieces& memory() {
  static Pieces* const one = [] {
    auto* const made = new Pieces;
    void* const range =
        mmap(nullptr, device_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    made->begin = range == MAP_FAILED ? nullptr : static_cast<char*>(range);
    return made;
  }();
  return *one;
}

std::size_t rounded_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

/// A piece of the range with a page that nobody may touch behind it.
char* pages_for(std::size_t bytes) {
  Pieces& m = memory();
  auto& same = m.reusable[bytes];
  if (!same.empty()) {
    char* const pages = same.back();
    same.pop_back();
    return pages;
  }
  if (m.begin == nullptr || bytes + page > device_bytes - m.used) return nullptr;
  char* const pages = m.begin + m.used;
  m.used += bytes + page;
  return pages;
}

void give_pages_back(Allocation* oldest) {
  Pieces& m = memory();
  m.reusable[oldest->page_bytes].push_back(oldest->pages);
  m.pieces.erase(oldest->pages);
}

bool is_changed(const char* from, const char* to) {
  return from < to && !is_poison(from, static_cast<std::size_t>(to - from));
}

}  // namespace

Allocation* new_allocation(std::size_t bytes, Allocation::Kind kind, Site site) {
  Pieces& m = memory();
  if (bytes > device_bytes / 2) return nullptr;
  const std::size_t page_bytes = rounded_up(std::max<std::size_t>(bytes, 1), page);
  char* const pages = pages_for(page_bytes);
  if (pages == nullptr || mprotect(pages, page_bytes, PROT_READ | PROT_WRITE) != 0) return nullptr;
  fill_with_poison(pages, page_bytes);
  auto piece = std::make_unique<Allocation>();
  piece->begin = pages + (page_bytes - rounded_up(std::max<std::size_t>(bytes, 1), alignment));
  piece->bytes = bytes, piece->kind = kind, piece->site = site, piece->number = ++m.numbered;
  piece->pages = pages, piece->page_bytes = page_bytes, piece->is_live = true;
  if (kind == Allocation::Kind::device) m.live_bytes += bytes, ++m.live;
  if (!m.is_open && !piece->is_for_host()) mprotect(pages, page_bytes, PROT_NONE);
  return (m.pieces[pages] = std::move(piece)).get();
}

void delete_allocation(Allocation& allocation) {
  Pieces& m = memory();
  allocation.is_live = false;
  if (allocation.kind == Allocation::Kind::device) m.live_bytes -= allocation.bytes, --m.live;
  madvise(allocation.pages, allocation.page_bytes, MADV_DONTNEED);
  mprotect(allocation.pages, allocation.page_bytes, PROT_NONE);
  m.freed.push_back(&allocation);
  if (m.freed.size() <= kept_freed) return;
  give_pages_back(m.freed.front());
  m.freed.pop_front();
}

bool is_device_address(const void* address) {
  const char* const at = static_cast<const char*>(address);
  const char* const begin = memory().begin;
  return begin != nullptr && at >= begin && at < begin + device_bytes;
}
const char* device_memory_begin() { return memory().begin; }

Allocation* allocation_near(const void* address) {
  if (!is_device_address(address)) return nullptr;
  auto& pieces = memory().pieces;
  const char* const at = static_cast<const char*>(address);
  auto next = pieces.upper_bound(at);
  if (next != pieces.begin()) {
    Allocation* const before = std::prev(next)->second.get();
    if (at < before->pages + before->page_bytes + page) return before;
  }
  if (next != pieces.end() && next->first - at <= static_cast<std::ptrdiff_t>(page))
    return next->second.get();
  return nullptr;
}

Allocation* allocation_at(const void* address) {
  Allocation* const near = allocation_near(address);
  return near != nullptr && near->is_live && near->begin == address ? near : nullptr;
}

std::string name_of(const Allocation& allocation) {
  if (allocation.kind == Allocation::Kind::shared) return "shared memory";
  const char* const kind = allocation.kind == Allocation::Kind::device   ? "device memory"
                           : allocation.kind == Allocation::Kind::pinned ? "pinned host memory"
                                                                         : "managed memory";
  return text("the %zu bytes of %s allocated at %s:%d", allocation.bytes, kind,
              allocation.site.file, allocation.site.line);
}

std::string place_of(const void* address) {
  const Allocation* const near = allocation_near(address);
  if (near == nullptr)
    return is_device_address(address) ? "at an address of no device memory"
                                      : "at an address that is not the device's";
  const auto offset = static_cast<const char*>(address) - near->begin;
  const auto behind = offset - static_cast<std::ptrdiff_t>(near->bytes);
  if (!near->is_live) return text("in %s, which are freed", name_of(*near).c_str());
  if (offset < 0) return text("%td bytes before %s", -offset, name_of(*near).c_str());
  if (behind >= 0) return text("%td bytes behind the end of %s", behind, name_of(*near).c_str());
  return text("at byte %td of %s", offset, name_of(*near).c_str());
}

std::string written_beside() {
  for (auto& [pages, piece] : memory().pieces) {
    if (!piece->is_live || piece->kind == Allocation::Kind::shared) continue;
    char* const end = piece->begin + piece->bytes;
    char* const page_end = piece->pages + piece->page_bytes;
    const bool before = is_changed(piece->pages, piece->begin), behind = is_changed(end, page_end);
    if (!before && !behind) continue;
    fill_with_poison(end, static_cast<std::size_t>(page_end - end));
    fill_with_poison(piece->pages, static_cast<std::size_t>(piece->begin - piece->pages));
    return text("a store %s %s", before ? "before" : "behind the end of", name_of(*piece).c_str());
  }
  return "";
}

void fill_with_poison(char* from, std::size_t bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  const unsigned char two[2] = {poison_at(begin), poison_at(begin + 1)};
  std::size_t at = 0;
  if (begin % 8 == 0) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) word |= std::uint64_t{two[i % 2]} << 8 * i;
    for (; at + 8 <= bytes; at += 8) std::memcpy(from + at, &word, 8);
  }
  for (; at < bytes; ++at) from[at] = static_cast<char>(two[at % 2]);
}
bool is_poison(const char* from, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; ++at)
    if (static_cast<unsigned char>(from[at]) !=
        poison_at(reinterpret_cast<std::uintptr_t>(from) + at))
      return false;
  return true;
}

std::size_t live_device_bytes() { return memory().live_bytes; }
unsigned live_allocations() { return memory().live; }
void for_each_live_allocation(const std::function<void(const Allocation&)>& visit) {
  for (const auto& [pages, piece] : memory().pieces)
    if (piece->is_live) visit(*piece);
}
void begin_numbering() { memory().numbered = 0; }

void open_device_memory(bool open) {
  Pieces& m = memory();
  if (open == m.is_open) return;
  m.is_open = open;
  for (auto& [pages, piece] : m.pieces)
    if (piece->is_live && !piece->is_for_host())
      mprotect(piece->pages, piece->page_bytes, open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

}  // namespace convict_device
