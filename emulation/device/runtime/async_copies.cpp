// SPDX-License-Identifier: Apache-2.0
// Asynchronous copies of threads to shared memory (cp.async). Each is made as late as is allowed,
// when its thread waits for it; until then its target is as if nobody had written it.
#include "async_copies.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "convict_device/async_copies.hpp"
#include "faults.hpp"
#include "scheduler.hpp"
#include "watch.hpp"

namespace convict_device {

struct PendingCopy {
  char* to;
  const char* from;
  std::size_t bytes, from_bytes;
  Site site;
  unsigned group;
};
struct PendingCopies {
  std::vector<PendingCopy> copies;
  unsigned group = 0;  ///< that copies join now; those before are committed
};

namespace {

PendingCopies& copies_of(Thread& thread) {
  if (!thread.copies) thread.copies = std::make_shared<PendingCopies>();
  return *thread.copies;
}

[[noreturn]] void stop_copy(const char* what, Site site) {
  record_fault(Fault::access,
               text("kernel %s, %s: %s at %s", running->configuration().kernel,
                    text_of(running->current()).c_str(), what, text_of(site).c_str()));
  running->stop();
}

void finish_groups_before(PendingCopies& pending, unsigned group) {
  const auto rest = std::stable_partition(
      pending.copies.begin(), pending.copies.end(),
      [&](const PendingCopy& one) { return static_cast<int>(one.group - group) < 0; });
  for (auto one = pending.copies.begin(); one != rest; ++one) {
    watched_access(one->from, one->from_bytes, false, one->site);
    watched_access(one->to, one->bytes, true, one->site);
    std::memcpy(one->to, one->from, one->from_bytes);
    std::memset(one->to + one->from_bytes, 0, one->bytes - one->from_bytes);
  }
  settle_writes();
  pending.copies.erase(pending.copies.begin(), rest);
}

}  // namespace

void copy_asynchronously(void* to, const void* from, std::size_t bytes, std::size_t from_bytes,
                         std::size_t alignment, Site site) {
  Thread& me = running->current();
  if (reinterpret_cast<std::uintptr_t>(to) % alignment != 0 ||
      (from_bytes > 0 && reinterpret_cast<std::uintptr_t>(from) % alignment != 0))
    stop_copy(text("an asynchronous copy of %zu bytes between addresses that are no multiples of "
                   "%zu",
                   bytes, alignment)
                  .c_str(),
              site);
  if (from_bytes > bytes) stop_copy("an asynchronous copy of more bytes than it writes", site);
  if (alignment > 1 && !me.block->shared->has(to))
    stop_copy("an asynchronous copy to what is not the block's shared memory", site);
  // What it reads must be there, and its target nobody else's, from here on.
  watched_access(from, from_bytes, false, site);
  watched_access(to, bytes, true, site);
  forget_bytes(static_cast<char*>(to), bytes);
  PendingCopies& pending = copies_of(me);
  pending.copies.push_back({static_cast<char*>(to), static_cast<const char*>(from), bytes,
                            from_bytes, site, pending.group});
}

void commit_copies() { ++copies_of(running->current()).group; }

void wait_for_copies(unsigned groups_under_way) {
  PendingCopies& pending = copies_of(running->current());
  finish_groups_before(pending, pending.group - groups_under_way);
}
void wait_for_all_copies() {
  commit_copies();
  wait_for_copies(0);
}

std::string why_unwritten(const char* at, const Thread& me) {
  for (const Thread& thread : me.block->threads)
    if (thread.copies)
      for (const PendingCopy& one : thread.copies->copies)
        if (at >= one.to && at < one.to + one.bytes)
          return text("to which the asynchronous copy of thread %s at %s was not waited for",
                      text_of(thread.index).c_str(), text_of(one.site).c_str());
  return "which was never written";
}

unsigned shared_address(const void* pointer) {
  const Allocation& shared = *running->current().block->shared;
  if (!shared.has(pointer))
    stop_copy("the shared-memory address of what is not in the block's shared memory", {"", 0});
  return static_cast<unsigned>(static_cast<const char*>(pointer) - shared.begin);
}
void* shared_pointer(unsigned address) { return running->current().block->shared->begin + address; }

void load_bytes(void* to, const void* from, std::size_t bytes, Site site) {
  if (reinterpret_cast<std::uintptr_t>(from) % bytes != 0)
    stop_copy(text("%zu-byte load at an address that is no multiple of %zu", bytes, bytes).c_str(),
              site);
  watched_access(from, bytes, false, site);
  std::memcpy(to, from, bytes);
}
void store_bytes(void* to, const void* from, std::size_t bytes, Site site) {
  if (reinterpret_cast<std::uintptr_t>(to) % bytes != 0)
    stop_copy(text("%zu-byte store at an address that is no multiple of %zu", bytes, bytes).c_str(),
              site);
  watched_access(to, bytes, true, site);
  std::memcpy(to, from, bytes);
}

}  // namespace convict_device
