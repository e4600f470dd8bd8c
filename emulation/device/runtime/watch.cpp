// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "accesses.hpp"
#include "async_copies.hpp"
#include "faults.hpp"
#include "lines.hpp"
#include "races.hpp"
#include "scheduler.hpp"
#include "shadow.hpp"
#include "streams.hpp"

namespace convict_device {

bool watches_accesses = false;
bool tells_unwritten = false;

namespace watch {
namespace {

constexpr unsigned yield_one_in = 24;

std::uint64_t accesses_left = 0;

struct Image {
  struct Segment {
    std::uintptr_t begin, end;
    bool is_writable;
  };
  std::vector<Segment> segments;
};
/// This shared object, as it is loaded.
const Image& image() {
  static const Image one = [] {
    Image made;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* to) {
          if (info->dlpi_addr != own_base()) return 0;
          for (int i = 0; i < info->dlpi_phnum; ++i) {
            const auto& header = info->dlpi_phdr[i];
            if (header.p_type != PT_LOAD) continue;
            const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
            static_cast<Image*>(to)->segments.push_back(
                {begin, begin + header.p_memsz, (header.p_flags & PF_W) != 0});
          }
          return 1;
        },
        &made);
    return made;
  }();
  return one;
}
const Image::Segment* segment_at(const void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (const auto& segment : image().segments)
    if (at >= segment.begin && at < segment.end) return &segment;
  return nullptr;
}

[[noreturn]] void stop_with(Fault kind, const Thread& me, const std::string& what,
                            std::uint32_t place) {
  record_fault(kind, text("kernel %s, %s: %s at %s", running->configuration().kernel,
                          text_of(me).c_str(), what.c_str(), line_of_place(place).c_str()));
  running->stop();
}

const char* noun(Kind kind) {
  return kind == Kind::load ? "load" : kind == Kind::store ? "store" : "atomic operation";
}

void check_bounds(const char* at, std::size_t bytes, Kind kind, std::uint32_t place, Thread& me,
                  const Allocation* near) {
  const bool inside =
      near != nullptr && near->is_live && near->has(at) && at + bytes <= near->begin + near->bytes;
  if (!inside) {
    const char* const bad =
        near != nullptr && near->is_live && near->has(at) ? near->begin + near->bytes : at;
    stop_with(Fault::access, me, text("%zu-byte %s %s", bytes, noun(kind), place_of(bad).c_str()),
              place);
  }
  if (near->kind != Allocation::Kind::shared) return;
  if (near != me.block->shared)
    stop_with(Fault::access, me, text("%s in shared memory of another block", noun(kind)), place);
  const auto offset = static_cast<std::size_t>(at - near->begin);
  const SharedObject* before = nullptr;
  for (const SharedObject& object : running->shared_objects()) {
    if (offset >= object.offset) before = &object;
    if (offset >= object.offset && offset + bytes <= object.offset + object.bytes) return;
  }
  if (before == nullptr)
    stop_with(Fault::access, me, text("%s before all shared memory", noun(kind)), place);
  stop_with(Fault::access, me,
            text("%zu-byte %s at byte %zu of '%s', %zu bytes of shared memory declared at %s",
                 bytes, noun(kind), offset - before->offset, before->name.c_str(), before->bytes,
                 text_of(before->site).c_str()),
            place);
}

void check_operations(const char* at, std::size_t cell, bool is_write, const Site& site) {
  Operations& last = shadow().operations[cell];
  const std::uint32_t now = current_operation();
  for (const std::uint32_t other : {last.store, is_write ? last.load : 0})
    if (other != 0 && other != now && !are_ordered(other, now))
      record_fault(Fault::order,
                   text("%s and %s both touch %s (%s), and nothing orders them",
                        name_of_operation(other).c_str(), name_of_operation(now).c_str(),
                        object_at(at).c_str(),
                        site.line == 0 ? "the second in a kernel" : text_of(site).c_str()));
  (is_write ? last.store : last.load) = now;
}

/// Kernels access few allocations again and again.
std::array<Allocation*, 8> remembered{};
std::size_t oldest_remembered = 0;
Allocation* remembered_allocation(const char* at) {
  for (Allocation* const one : remembered)
    if (one != nullptr && one->has(at)) return one;
  Allocation* const found = allocation_near(at);
  if (found != nullptr && found->is_live && found->has(at))
    remembered[oldest_remembered++ % remembered.size()] = found;
  return found;
}
void forget_remembered() { remembered.fill(nullptr); }

void device_access(const char* at, std::size_t bytes, Kind kind, std::uint32_t place, Thread& me) {
  Allocation* const near = remembered_allocation(at);
  check_bounds(at, bytes, kind, place, me, near);
  const std::size_t offset = offset_of(at);
  touch(*near, const_cast<char*>(at), const_cast<char*>(at) + bytes);
  unsigned char* const written = shadow().written + offset;
  if (kind != Kind::store && tells_unwritten &&
      std::find(written, written + bytes, 0) != written + bytes)
    record_fault(Fault::unwritten,
                 text("kernel %s, %s: reads %s, %s, at %s", running->configuration().kernel,
                      text_of(me).c_str(), object_at(at).c_str(), why_unwritten(at, me).c_str(),
                      line_of_place(place).c_str()));
  if (kind != Kind::load) std::memset(written, 1, bytes);
  for (std::size_t done = 0; done < bytes;) {
    const std::size_t in_granule = (offset + done) % granule;
    const std::size_t here = std::min(bytes - done, granule - in_granule);
    const std::size_t cell = (offset + done) / granule;
    const auto mask = static_cast<std::uint32_t>(((1U << here) - 1) << in_granule);
    check_race(shadow().cells[cell], at + done - in_granule, mask, kind, place, me);
    if (near->kind != Allocation::Kind::shared)
      check_operations(at + done, cell, kind != Kind::load, {"", 0});
    done += here;
  }
}

void variable_access(const char* at, std::size_t bytes, Kind kind, std::uint32_t place,
                     Thread& me) {
  for (std::size_t done = 0; done < bytes;) {
    const auto address = reinterpret_cast<std::uintptr_t>(at) + done;
    const std::size_t in_granule = address % granule;
    const std::size_t here = std::min(bytes - done, granule - in_granule);
    const auto mask = static_cast<std::uint32_t>(((1U << here) - 1) << in_granule);
    check_race(cell_of_variable(address / granule), at + done - in_granule, mask, kind, place, me);
    done += here;
  }
}

void check_access(const char* at, std::size_t bytes, Kind kind, std::uint32_t place, Thread& me) {
  if (is_device_address(at)) return device_access(at, bytes, kind, place, me);
  if (const auto* const segment = segment_at(at); segment != nullptr) {
    if (segment->is_writable) variable_access(at, bytes, kind, place, me);
    return;
  }
  stop_with(Fault::access, me,
            text("%s at an address that is not the device's (memory of the host, or of another "
                 "thread)",
                 noun(kind)),
            place);
}

}  // namespace

void access(const volatile void* address, std::size_t bytes, Kind kind, std::uint32_t place) {
  const char* const at = const_cast<const char*>(static_cast<const volatile char*>(address));
  Thread& me = running->current();
  if (me.fiber->has(at)) return;
  // Templates of the standard library that are used here can be those of the user's code, which are
  // watched, too.
  watching = false;
  settle_writes();
  if (accesses_left == 0) return;
  --accesses_left;
  running->maybe_yield(yield_one_in);
  watching = false;
  check_access(at, bytes, kind, place, me);
  watching = true;
}

std::uint32_t place_of_caller(const void* return_address) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(return_address) - 1 -
                                    own_base());
}

void aligned_access(const volatile void* address, std::size_t bytes, Kind kind,
                    const void* caller) {
  if (!watching) return;
  const std::uint32_t place = place_of_caller(caller);
  if (reinterpret_cast<std::uintptr_t>(address) % bytes != 0)
    stop_with(
        Fault::access, running->current(),
        text("%zu-byte %s at an address that is no multiple of %zu", bytes, noun(kind), bytes),
        place);
  access(address, bytes, kind, place);
}

void volatile_access(const volatile void* address, std::size_t bytes, const void* caller) {
  if (!watching && (running == nullptr || accesses_left > 0)) return;
  Thread& me = running->current();
  if (me.fiber->has(const_cast<const void*>(address))) return;
  // A loop may wait here for what another thread stores.
  if (++me.atomics % 4 == 0) running->yield();
  if (!watching) return;
  access(address, bytes, Kind::atomic, place_of_caller(caller));
  exchange_knowledge(address, me);
}

}  // namespace watch

using namespace watch;

void forget_accesses(Allocation& allocation) {
  if (watches_accesses) forget_touched(allocation);
}

void begin_watching() {
  // What was written by accesses that were not watched is not known.
  if (watches_accesses && accesses_left == 0)
    for_each_live_allocation([](const Allocation& allocation) {
      std::memset(shadow().written + offset_of(allocation.begin), 1, allocation.bytes);
    });
  accesses_left = tells_unwritten ? UINT64_MAX : most_watched_accesses;
}
bool is_watched_now() { return watches_accesses && accesses_left > 0; }

void forget_launch() {
  if (!watches_accesses) return;
  forget_unsettled();
  while (Allocation* const touched = any_touched()) forget_touched(*touched);
  forget_remembered();
  forget_variables();
  forget_knowledge();
}

void forget_written(const Allocation& allocation) {
  if (!watches_accesses) return;
  const std::size_t offset = offset_of(allocation.begin);
  clear_written(offset, allocation.bytes);
  clear_operations(offset, allocation.bytes);
}

void watched_access(const void* at, std::size_t bytes, bool is_store, Site site) {
  if (watching && bytes > 0)
    access(at, bytes, is_store ? Kind::store : Kind::load, place_of_site(site));
}
void forget_bytes(char* at, std::size_t bytes) {
  fill_with_poison(at, bytes);
  if (watching && is_device_address(at)) clear_written(offset_of(at), bytes);
}

void operation_touches(const void* address, std::size_t bytes, bool is_write, Site site) {
  if (!watches_accesses || !is_device_address(address) || bytes == 0) return;
  const char* const at = static_cast<const char*>(address);
  const std::size_t offset = offset_of(at);
  unsigned char* const written = shadow().written + offset;
  if (is_write) std::memset(written, 1, bytes);
  if (const auto missing = std::count(written, written + bytes, 0); tells_unwritten && missing != 0)
    record_fault(Fault::unwritten,
                 text("%td of the %zu bytes that are copied at %s were never written, the first at "
                      "byte %td of %s",
                      missing, bytes, text_of(site).c_str(),
                      std::find(written, written + bytes, 0) - written,
                      name_of(*allocation_near(at)).c_str()));
  for (std::size_t cell = offset / granule; cell <= (offset + bytes - 1) / granule; ++cell)
    check_operations(std::max(at, device_memory_begin() + cell * granule), cell, is_write, site);
}

void note_absent_lane(const Thread& thread, int source_lane) {
  if (!tells_unwritten) return;
  record_fault(Fault::unwritten,
               text("kernel %s, %s: %s at %s takes the value of lane %d, which is not there",
                    running->configuration().kernel, text_of(thread).c_str(),
                    thread.offer.operation, text_of(thread.site).c_str(), source_lane));
}

void before_atomic(const volatile void* at, std::size_t bytes, Site site) {
  if (running == nullptr) return;
  Thread& me = running->current();
  // A loop may wait here for another thread.
  if (++me.atomics > 64)
    running->yield();
  else
    running->maybe_yield(4);
  if (!watching) return;
  const std::uint32_t place = place_of_site(site);
  if (reinterpret_cast<std::uintptr_t>(at) % bytes != 0)
    stop_with(Fault::access, me,
              text("atomic operation at an address that is no multiple of %zu", bytes), place);
  access(at, bytes, Kind::atomic, place);
  exchange_knowledge(at, me);
}
void after_atomic() {
  // What it stored is no race.
  forget_unsettled();
}

}  // namespace convict_device
