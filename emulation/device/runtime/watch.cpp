// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "async_copies.hpp"
#include "faults.hpp"
#include "lines.hpp"
#include "scheduler.hpp"
#include "streams.hpp"

namespace convict_device {

bool watches_accesses = false;
bool tells_unwritten = false;

namespace {

constexpr std::size_t granule = 4;  ///< bytes whose accesses are remembered together
constexpr unsigned yield_one_in = 24;

/// Who accessed a granule: a thread (0: nobody), when, and where in the code.
struct Access {
  std::uint32_t thread = 0;
  std::uint32_t interval : 27 = 0;
  std::uint32_t bytes : 4 = 0;  ///< a bit for each byte of the granule
  std::uint32_t is_atomic : 1 = 0;
  std::uint32_t segment = 0;
  std::uint32_t place = 0;
};
/// The latest store and the two latest loads of different threads.
struct Cell {
  Access store;
  std::array<Access, 2> loads;
};
struct Operations {
  std::uint32_t store = 0, load = 0;
};

/// Arrays that shadow the device's memory; only what is touched takes memory.
struct Shadow {
  Cell* cells = nullptr;
  Operations* operations = nullptr;
  unsigned char* written = nullptr;
};

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
const Shadow& shadow() {
  static const Shadow one{reserved<Cell>(device_bytes / granule),
                          reserved<Operations>(device_bytes / granule),
                          reserved<unsigned char>(device_bytes)};
  return one;
}

std::size_t offset_of(const void* address) {
  return static_cast<std::size_t>(static_cast<const char*>(address) - device_memory_begin());
}

/// The allocations that threads of this launch accessed.
std::vector<Allocation*>& touched() {
  static auto* const one = new std::vector<Allocation*>;
  return *one;
}
void touch(Allocation& allocation, char* begin, char* end) {
  if (allocation.low == nullptr) {
    allocation.low = begin, allocation.high = end;
    touched().push_back(&allocation);
  }
  allocation.low = std::min(allocation.low, begin);
  allocation.high = std::max(allocation.high, end);
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

// Accesses of variables of the program (__device__, __constant__), which have no array.
std::unordered_map<std::uintptr_t, Cell>& cells_of_variables() {
  static auto* const one = new std::unordered_map<std::uintptr_t, Cell>;
  return *one;
}

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

/// Where atomic operations stand in the source; Access::place has the top bit and a number.
constexpr std::uint32_t is_site = 1U << 31;
std::vector<Site>& atomic_sites() {
  static auto* const one = new std::vector<Site>;
  return *one;
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

enum class Kind { load, store, atomic };
const char* verb(Kind kind) {
  return kind == Kind::load ? "read" : kind == Kind::store ? "written" : "changed atomically";
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

struct Who {
  std::uint32_t block;
  uint3 block_index, thread_index;
};
Who who(std::uint32_t thread) {
  const dim3& b = running->configuration().block;
  const dim3& g = running->configuration().grid;
  const std::uint32_t threads = b.x * b.y * b.z, block = (thread - 1) / threads;
  const std::uint32_t at = (thread - 1) % threads;
  return {block,
          {block % g.x, block / g.x % g.y, block / g.x / g.y},
          {at % b.x, at / b.x % b.y, at / b.x / b.y}};
}

/// Whether the earlier access happened before what `me` does now, in every order of threads.
bool happened_before(const Access& earlier, const Thread& me) {
  if (earlier.thread == me.in_launch) return true;
  const std::uint32_t threads = static_cast<std::uint32_t>(me.block->threads.size());
  const std::uint32_t block = (earlier.thread - 1) / threads;
  const std::uint32_t in_block = (earlier.thread - 1) % threads;
  if (block == me.block->number) {
    if (earlier.interval < me.block->interval) return true;
    if (in_block / 32 == me.in_block / 32 && earlier.segment <= me.seen[in_block % 32]) return true;
  }
  for (const Knowledge* known : {me.acquired.get(), me.block->acquired.get()}) {
    if (known == nullptr) continue;
    const auto interval = known->intervals_of_block.find(block);
    if (interval != known->intervals_of_block.end() && earlier.interval < interval->second)
      return true;
    const auto segment = known->segments_of_thread.find(earlier.thread);
    if (segment != known->segments_of_thread.end() && earlier.segment <= segment->second)
      return true;
  }
  return false;
}

std::string race_sentence(const char* address, const Access& earlier, Kind earlier_kind, Kind kind,
                          std::uint32_t place, const Thread& me) {
  const Who other = who(earlier.thread);
  const bool same_block = other.block == me.block->number;
  const std::string first =
      text("%s by %s%sthread %s at %s", verb(earlier_kind), same_block ? "" : "block ",
           same_block ? "" : (text_of(other.block_index) + ", ").c_str(),
           text_of(other.thread_index).c_str(), line_of_place(earlier.place).c_str());
  const std::string second =
      text("%s by %s%sthread %s at %s", verb(kind), same_block ? "" : "block ",
           same_block ? "" : (text_of(me.block->index) + ", ").c_str(), text_of(me.index).c_str(),
           line_of_place(place).c_str());
  return text("race in kernel %s on %s: %s and %s%s; nothing orders the two",
              running->configuration().kernel, object_at(address).c_str(), first.c_str(),
              second.c_str(), same_block ? (" in block " + text_of(me.block->index)).c_str() : "");
}

/// Stores that met accesses of others, until it is known whether they changed anything.
struct Unsettled {
  const char* address;
  std::uint32_t before;
  std::string sentence;
};
std::vector<Unsettled>& unsettled() {
  static auto* const one = new std::vector<Unsettled>;
  return *one;
}
std::uint32_t value_at(const char* granule_begin) {
  std::uint32_t value = 0;
  std::memcpy(&value, granule_begin, sizeof value);
  return value;
}

void check_cell(Cell& cell, const char* at, std::uint32_t bytes, Kind kind, std::uint32_t place,
                Thread& me) {
  Access now;
  now.thread = me.in_launch, now.interval = me.block->interval & 0x7ffffff, now.bytes = bytes;
  now.is_atomic = kind == Kind::atomic, now.segment = me.segment, now.place = place;
  const auto meets = [&](const Access& earlier) {
    return earlier.thread != 0 && (earlier.bytes & bytes) != 0 &&
           !(earlier.is_atomic != 0 && kind == Kind::atomic) && !happened_before(earlier, me);
  };
  const auto tell = [&](const Access& earlier, Kind earlier_kind) {
    std::string sentence = race_sentence(at, earlier, earlier_kind, kind, place, me);
    if (kind == Kind::load) return record_fault(Fault::race, sentence);
    unsettled().push_back({at, value_at(at), std::move(sentence)});
  };
  if (meets(cell.store)) tell(cell.store, cell.store.is_atomic != 0 ? Kind::atomic : Kind::store);
  if (kind != Kind::load)
    for (const Access& load : cell.loads)
      if (meets(load)) tell(load, Kind::load);
  if (kind == Kind::load) {
    // The two loads that are kept are of different threads, of different blocks if possible.
    auto& [latest, other] = cell.loads;
    if (latest.thread != now.thread) other = latest;
    latest = now;
  } else {
    cell.store = now;
  }
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
    check_cell(shadow().cells[cell], at + done - in_granule, mask, kind, place, me);
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
    check_cell(cells_of_variables()[address / granule], at + done - in_granule, mask, kind, place,
               me);
    done += here;
  }
}

void access(const volatile void* address, std::size_t bytes, Kind kind, std::uint32_t place) {
  const char* const at = const_cast<const char*>(static_cast<const volatile char*>(address));
  Thread& me = running->current();
  if (me.fiber->has(at)) return;
  settle_writes();
  running->maybe_yield(yield_one_in);
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

/// Fences and atomics give what they know to who reads the place atomically later.
std::unordered_map<const volatile void*, Knowledge>& released() {
  static auto* const one = new std::unordered_map<const volatile void*, Knowledge>;
  return *one;
}
void exchange_knowledge(const volatile void* at, Thread& me) {
  const auto known = released().find(at);
  if (known != released().end()) {
    if (!me.acquired) me.acquired = std::make_unique<Knowledge>();
    me.acquired->add(known->second);
  }
  if (me.fenced) released()[at].add(*me.fenced);
  if (me.block->fenced) released()[at].add(*me.block->fenced);
}

void volatile_access(const volatile void* address, std::size_t bytes, const void* caller) {
  if (!watching) return;
  Thread& me = running->current();
  if (me.fiber->has(const_cast<const void*>(address))) return;
  // A loop may wait here for what another thread stores.
  if (++me.atomics % 4 == 0) running->yield();
  access(address, bytes, Kind::atomic, place_of_caller(caller));
  exchange_knowledge(address, me);
}

}  // namespace

void settle_writes() {
  if (unsettled().empty()) return;
  for (Unsettled& one : unsettled())
    if (value_at(one.address) != one.before) record_fault(Fault::race, one.sentence);
  unsettled().clear();
}

void forget_accesses(Allocation& allocation) {
  if (!watches_accesses) return;
  if (allocation.low == nullptr) return;
  const std::size_t low = offset_of(allocation.low), high = offset_of(allocation.high);
  allocation.low = allocation.high = nullptr;
  std::erase(touched(), &allocation);
  clear(shadow().cells + low / granule, high / granule - low / granule + 1);
  if (allocation.kind == Allocation::Kind::shared) clear(shadow().written + low, high - low);
}

void forget_launch() {
  if (!watches_accesses) return;
  unsettled().clear();
  while (!touched().empty()) forget_accesses(*touched().back());
  forget_remembered();
  cells_of_variables().clear();
  released().clear();
}

void forget_written(const Allocation& allocation) {
  if (!watches_accesses) return;
  const std::size_t offset = offset_of(allocation.begin);
  clear(shadow().written + offset, allocation.bytes);
  clear(shadow().operations + offset / granule, allocation.bytes / granule + 1);
}

void watched_access(const void* at, std::size_t bytes, bool is_store, Site site) {
  if (watching && bytes > 0)
    access(at, bytes, is_store ? Kind::store : Kind::load, place_of_site(site));
}
void forget_bytes(char* at, std::size_t bytes) {
  fill_with_poison(at, bytes);
  if (watching && is_device_address(at)) clear(shadow().written + offset_of(at), bytes);
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
  unsettled().clear();
}

}  // namespace convict_device

// What the compiler calls under -fsanitize=thread: before each access, with its address.
using namespace convict_device;
extern "C" {
#define CONVICT_WATCH(n)                                                                           \
  void __tsan_read##n(void* at) {                                                                  \
    aligned_access(at, n, Kind::load, __builtin_return_address(0));                                \
  }                                                                                                \
  void __tsan_write##n(void* at) {                                                                 \
    aligned_access(at, n, Kind::store, __builtin_return_address(0));                               \
  }                                                                                                \
  void __tsan_unaligned_read##n(void* at) {                                                        \
    if (watching)                                                                                  \
      convict_device::access(at, n, Kind::load, place_of_caller(__builtin_return_address(0)));     \
  }                                                                                                \
  void __tsan_unaligned_write##n(void* at) {                                                       \
    if (watching)                                                                                  \
      convict_device::access(at, n, Kind::store, place_of_caller(__builtin_return_address(0)));    \
  }                                                                                                \
  void __tsan_volatile_read##n(void* at) { volatile_access(at, n, __builtin_return_address(0)); }  \
  void __tsan_volatile_write##n(void* at) { volatile_access(at, n, __builtin_return_address(0)); } \
  void __tsan_unaligned_volatile_read##n(void* at) {                                               \
    volatile_access(at, n, __builtin_return_address(0));                                           \
  }                                                                                                \
  void __tsan_unaligned_volatile_write##n(void* at) {                                              \
    volatile_access(at, n, __builtin_return_address(0));                                           \
  }
CONVICT_WATCH(1)
CONVICT_WATCH(2)
CONVICT_WATCH(4)
CONVICT_WATCH(8)
CONVICT_WATCH(16)
void __tsan_read_range(void* at, std::size_t bytes) {
  if (watching && bytes > 0)
    convict_device::access(at, bytes, Kind::load, place_of_caller(__builtin_return_address(0)));
}
void __tsan_write_range(void* at, std::size_t bytes) {
  if (watching && bytes > 0)
    convict_device::access(at, bytes, Kind::store, place_of_caller(__builtin_return_address(0)));
}
void __tsan_init() { watches_accesses = true; }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

// Atomics of the host's C++; those of kernels are functions of language.hpp.
#define CONVICT_HOST_ATOMIC(bits, T)                                                         \
  T __tsan_atomic##bits##_load(const volatile T* at, int) {                                  \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                            \
  }                                                                                          \
  void __tsan_atomic##bits##_store(volatile T* at, T v, int) {                               \
    __atomic_store_n(at, v, __ATOMIC_SEQ_CST);                                               \
  }                                                                                          \
  T __tsan_atomic##bits##_exchange(volatile T* at, T v, int) {                               \
    return __atomic_exchange_n(at, v, __ATOMIC_SEQ_CST);                                     \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_add(volatile T* at, T v, int) {                              \
    return __atomic_fetch_add(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_sub(volatile T* at, T v, int) {                              \
    return __atomic_fetch_sub(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_and(volatile T* at, T v, int) {                              \
    return __atomic_fetch_and(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_or(volatile T* at, T v, int) {                               \
    return __atomic_fetch_or(at, v, __ATOMIC_SEQ_CST);                                       \
  }                                                                                          \
  T __tsan_atomic##bits##_fetch_xor(volatile T* at, T v, int) {                              \
    return __atomic_fetch_xor(at, v, __ATOMIC_SEQ_CST);                                      \
  }                                                                                          \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* at, T* old, T v, int, int) { \
    return __atomic_compare_exchange_n(at, old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);   \
  }                                                                                          \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* at, T* old, T v, int, int) {   \
    return __atomic_compare_exchange_n(at, old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);   \
  }                                                                                          \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* at, T old, T v, int, int) {       \
    __atomic_compare_exchange_n(at, &old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);         \
    return old;                                                                              \
  }
CONVICT_HOST_ATOMIC(8, unsigned char)
CONVICT_HOST_ATOMIC(16, unsigned short)
CONVICT_HOST_ATOMIC(32, unsigned)
CONVICT_HOST_ATOMIC(64, unsigned long)
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}

// What the compiler calls under -fsanitize=bounds,alignment.
struct SourceLocation {
  const char* file;
  std::uint32_t line, column;
};
struct TypeDescriptor {
  std::uint16_t kind, info;
  char name[1];
};
struct OutOfBounds {
  SourceLocation at;
  const TypeDescriptor *array, *index;
};
struct TypeMismatch {
  SourceLocation at;
  const TypeDescriptor* type;
  unsigned char log_alignment, kind;
};
void __ubsan_handle_out_of_bounds(OutOfBounds* data, std::uintptr_t index) {
  if (running == nullptr) return;
  record_fault(
      Fault::access,
      text("kernel %s, %s: index %td outside of an array of type %s at %s:%u",
           running->configuration().kernel, text_of(running->current()).c_str(),
           static_cast<std::ptrdiff_t>(index), data->array->name, data->at.file, data->at.line));
  running->stop();
}
void __ubsan_handle_type_mismatch_v1(TypeMismatch* data, std::uintptr_t address) {
  if (running == nullptr) return;
  const unsigned alignment = 1U << data->log_alignment;
  record_fault(Fault::access,
               text("kernel %s, %s: access as %s at an address that is no multiple of %u at %s:%u",
                    running->configuration().kernel, text_of(running->current()).c_str(),
                    data->type->name, alignment, data->at.file, data->at.line));
  (void)address;
  running->stop();
}
}
