// SPDX-License-Identifier: Apache-2.0
#include "races.hpp"

#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "faults.hpp"
#include "watch.hpp"

namespace convict_device::watch {
namespace {

const char* verb(Kind kind) {
  return kind == Kind::load ? "read" : kind == Kind::store ? "written" : "changed atomically";
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

/// Fences and atomics give what they know to who reads the place atomically later.
std::unordered_map<const volatile void*, Knowledge>& released() {
  static auto* const one = new std::unordered_map<const volatile void*, Knowledge>;
  return *one;
}
}  // namespace

void check_race(Cell& cell, const char* at, std::uint32_t bytes, Kind kind, std::uint32_t place,
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

void forget_unsettled() { unsettled().clear(); }

void exchange_knowledge(const volatile void* at, Thread& me) {
  const auto known = released().find(at);
  if (known != released().end()) {
    if (!me.acquired) me.acquired = std::make_unique<Knowledge>();
    me.acquired->add(known->second);
  }
  if (me.fenced) released()[at].add(*me.fenced);
  if (me.block->fenced) released()[at].add(*me.block->fenced);
}

void forget_knowledge() { released().clear(); }

}  // namespace convict_device::watch

namespace convict_device {

void settle_writes() {
  if (watch::unsettled().empty()) return;
  for (watch::Unsettled& one : watch::unsettled())
    if (watch::value_at(one.address) != one.before) record_fault(Fault::race, one.sentence);
  watch::unsettled().clear();
}

}  // namespace convict_device
