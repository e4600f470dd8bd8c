// SPDX-License-Identifier: Apache-2.0
#include "scheduler.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "faults.hpp"
#include "watch.hpp"

// The variables of the language (convict_device/language.hpp), which are constant only for kernels.
uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace convict_device {

Scheduler* running = nullptr;
bool watching = false;

namespace {

constexpr unsigned most_idle_yields = 20'000;  ///< while no block ends
constexpr std::size_t gap = 256;               ///< between objects of shared memory
constexpr std::size_t shared_arena = shared_bytes_of_block + 64 * gap;

std::vector<std::unique_ptr<Fiber>>& all_fibers() {
  static auto* const fibers = new std::vector<std::unique_ptr<Fiber>>;
  return *fibers;
}
std::vector<Fiber*>& idle_fibers() {
  static auto* const fibers = new std::vector<Fiber*>;
  return *fibers;
}
std::vector<Allocation*>& idle_shared() {
  static auto* const pieces = new std::vector<Allocation*>;
  return *pieces;
}

uint3 index_in(const dim3& extents, std::size_t at) {
  return {static_cast<unsigned>(at % extents.x), static_cast<unsigned>(at / extents.x % extents.y),
          static_cast<unsigned>(at / extents.x / extents.y)};
}
bool same_place(Site a, Site b) { return a.line == b.line && std::strcmp(a.file, b.file) == 0; }

std::string waits(const Thread& thread) {
  return text("thread %s waits at %s", text_of(thread.index).c_str(), text_of(thread.site).c_str());
}

}  // namespace

std::string text_of(const uint3& index) { return text("(%u, %u, %u)", index.x, index.y, index.z); }
std::string text_of(const Thread& thread) {
  return "block " + text_of(thread.block->index) + ", thread " + text_of(thread.index);
}
std::string text_of(Site site) { return text("%s:%d", site.file, site.line); }

void Knowledge::add(const Knowledge& other) {
  for (const auto& [block, interval] : other.intervals_of_block) {
    auto& known = intervals_of_block[block];
    known = std::max(known, interval);
  }
  for (const auto& [thread, segment] : other.segments_of_thread) {
    auto& known = segments_of_thread[thread];
    known = std::max(known, segment);
  }
}

Scheduler::Scheduler(const Configuration& configuration, const std::function<void()>& thread,
                     std::uint64_t seed)
    : configuration_(configuration),
      thread_(thread),
      random_(seed),
      order_(static_cast<unsigned>(seed % 8)),
      blocks_to_begin_(count_of(configuration.grid)) {
  std::iota(blocks_to_begin_.begin(), blocks_to_begin_.end(), 0U);
  // The last one begins first.
  if (order_ == 0) std::reverse(blocks_to_begin_.begin(), blocks_to_begin_.end());
  if (order_ > 1) std::shuffle(blocks_to_begin_.begin(), blocks_to_begin_.end(), random_);
  if (order_ > 1) most_resident_ = 1 + random_() % 4;
  if (configuration_.cooperative) most_resident_ = blocks_to_begin_.size();
}

Scheduler::~Scheduler() {
  for (const auto& block : resident_) give_back_shared(*block->shared);
}

/// Only what the objects of the launch take can have been written, and a little beside them.
void Scheduler::give_back_shared(Allocation& shared) {
  if (!shared_objects_.empty()) {
    const SharedObject& last = shared_objects_.back();
    fill_with_poison(shared.begin, std::min(last.offset + last.bytes + gap, shared.bytes));
  }
  idle_shared().push_back(&shared);
}

void Scheduler::run() {
  gridDim = configuration_.grid;
  blockDim = configuration_.block;
  running = this;
  while (!is_stopped_) {
    begin_blocks();
    if (resident_.empty()) break;
    run_threads();
    if (!is_stopped_) resolve_waiting();
  }
  running = nullptr;
  watching = false;
  if (is_stopped_) {  // what the stopped threads have on their stacks is given up
    idle_fibers().clear();
    for (const auto& fiber : all_fibers()) idle_fibers().push_back(fiber.get());
  }
}

void Scheduler::begin_blocks() {
  const std::size_t threads = count_of(configuration_.block);
  while (resident_.size() < most_resident_ && !blocks_to_begin_.empty()) {
    auto block = std::make_unique<Block>();
    block->number = blocks_to_begin_.back();
    blocks_to_begin_.pop_back();
    block->index = index_in(configuration_.grid, block->number);
    if (idle_shared().empty()) {
      block->shared = new_allocation(shared_arena, Allocation::Kind::shared, {});
      if (block->shared == nullptr) return record_fault(Fault::stopped, "no memory for a block");
    } else {
      block->shared = idle_shared().back();
      idle_shared().pop_back();
    }
    forget_accesses(*block->shared);
    block->threads.resize(threads);
    for (std::size_t at = 0; at < threads; ++at) {
      Thread& thread = block->threads[at];
      thread.block = block.get();
      thread.index = index_in(configuration_.block, at);
      thread.in_block = static_cast<std::uint32_t>(at);
      thread.in_launch = static_cast<std::uint32_t>(block->number * threads + at + 1);
      ready_.push_back(&thread);
    }
    resident_.push_back(std::move(block));
  }
}

Fiber* Scheduler::take_fiber() {
  if (idle_fibers().empty()) {
    all_fibers().push_back(std::make_unique<Fiber>());
    return all_fibers().back().get();
  }
  Fiber* const fiber = idle_fibers().back();
  idle_fibers().pop_back();
  return fiber;
}

/// Which thread goes on, and which of the fresh ones begins, is drawn.
Thread* Scheduler::next_ready() {
  if (ready_.empty()) return nullptr;
  std::size_t at = 0;
  if (order_ == 0) at = ready_.size() - 1;
  if (order_ > 1) at = random_() % ready_.size();
  Thread* const thread = ready_[at];
  if (order_ == 1)
    ready_.erase(ready_.begin());
  else
    std::swap(ready_[at], ready_.back()), ready_.pop_back();
  return thread;
}

void Scheduler::run_threads() {
  while (Thread* const thread = current_ != nullptr ? current_ : next_ready()) {
    current_ = nullptr;
    if (thread->state == Thread::State::fresh) {
      thread->fiber = take_fiber();
      thread->fiber->start(thread_body);
    }
    switch_to(*thread);
    thread->fiber->enter();
    // A thread that returned may have left its fiber to others that began on it.
    if (is_stopped_) return;
  }
}

void Scheduler::switch_to(Thread& thread) {
  current_ = &thread;
  threadIdx = thread.index;
  blockIdx = thread.block->index;
  watching = thread.is_watched;
  thread.atomics = 0;
}

/// Runs threads one after the other on one stack for as long as none of them has to wait.
void Scheduler::thread_body() {
  for (;;) {
    Scheduler& self = *running;
    Thread& me = *self.current_;
    Fiber* const fiber = me.fiber;
    me.state = Thread::State::ready;
    self.thread_();
    settle_writes();
    watching = false;
    me.state = Thread::State::exited;
    if (++me.block->exited == me.block->threads.size()) self.end_block(*me.block);
    Thread* const next = self.next_ready();
    if (next != nullptr && next->state == Thread::State::fresh) {
      next->fiber = fiber;
      self.switch_to(*next);
      continue;
    }
    idle_fibers().push_back(fiber);
    self.current_ = next;  // run_threads goes on there
    fiber->leave();
  }
}

void Scheduler::end_block(Block& block) {
  yields_ = 0;
  for (const SharedObject& object : shared_objects_) {
    if (!is_poison(block.shared->begin + object.offset + object.bytes, gap / 2))
      record_fault(Fault::access, text("a store behind the end of '%s', %zu bytes of shared memory "
                                       "declared at %s, in block %s",
                                       object.name.c_str(), object.bytes,
                                       text_of(object.site).c_str(), text_of(block.index).c_str()));
  }
  give_back_shared(*block.shared);
  std::erase_if(resident_, [&](const auto& one) { return one.get() == &block; });
}

void Scheduler::make_ready(Thread& thread) {
  thread.state = Thread::State::ready;
  ready_.push_back(&thread);
}

void Scheduler::wait(Thread::State state) {
  Thread& me = *current_;
  settle_writes();
  me.state = state;
  // At the front: in the order that takes the last one first it would be the next itself.
  if (state == Thread::State::ready) ready_.insert(ready_.begin(), &me);
  current_ = nullptr;
  watching = false;
  me.fiber->leave();
}

void Scheduler::yield() {
  // Who waits in a loop may wait for a block that has not begun: a device holds many at once.
  if (++yields_ > most_idle_yields && !blocks_to_begin_.empty()) {
    yields_ = 0;
    ++most_resident_;
    begin_blocks();
  }
  if (!ready_.empty()) wait(Thread::State::ready);
}
void Scheduler::maybe_yield(unsigned one_in) {
  if (order_ > 1 && random_() % one_in == 0) yield();
}

void Scheduler::stop() {
  is_stopped_ = true;
  watching = false;
  for (;;) current_->fiber->leave();
}

/// No thread can go on. That is right only where a block waits at one barrier.
void Scheduler::resolve_waiting() {
  const bool grid = release_grid_barrier();
  bool any = grid;
  for (std::size_t at = 0; at < resident_.size() && !is_stopped_ && !grid; ++at)
    if (!waits_for_grid(*resident_[at])) any = release_barrier(*resident_[at]) || any;
  if (!any && !resident_.empty()) is_stopped_ = true;
}

bool Scheduler::release_barrier(Block& block) {
  const auto waiting = [](const Thread& t) { return t.state != Thread::State::exited; };
  const auto first = std::find_if(block.threads.begin(), block.threads.end(), waiting);
  if (first == block.threads.end()) return false;
  for (const Thread& thread : block.threads) {
    if (!waiting(thread) || (thread.state == Thread::State::at_barrier &&
                             first->state == thread.state && same_place(thread.site, first->site)))
      continue;
    const Thread& warp = first->state == Thread::State::at_warp_operation ? *first : thread;
    if (warp.state == Thread::State::at_warp_operation)
      record_fault(Fault::barrier,
                   text("block %s: %s in %s, which not all lanes of its mask 0x%08x reach",
                        text_of(block.index).c_str(), waits(warp).c_str(), warp.offer.operation,
                        warp.offer.mask));
    else
      record_fault(Fault::barrier,
                   text("divergent barrier in block %s: %s, but %s", text_of(block.index).c_str(),
                        waits(*first).c_str(), waits(thread).c_str()));
    is_stopped_ = true;
    return false;
  }
  int votes = 0;
  auto acquired = std::make_unique<Knowledge>();
  for (Thread& thread : block.threads) {
    if (thread.acquired) acquired->add(*thread.acquired), thread.acquired.reset();
    if (waiting(thread) && thread.offer.predicate) ++votes;
    // All threads store and fence, then one of them raises a counter for all.
    if (!thread.fenced) continue;
    if (!block.fenced) block.fenced = std::make_unique<Knowledge>();
    block.fenced->add(*thread.fenced);
  }
  if (!acquired->is_empty()) {
    if (block.acquired) acquired->add(*block.acquired);
    block.acquired = std::move(acquired);
  }
  ++block.interval;
  for (Thread& thread : block.threads)
    if (waiting(thread)) thread.votes = votes, make_ready(thread);
  return true;
}

int Scheduler::barrier(bool predicate, Site site) {
  Thread& me = *current_;
  me.site = site;
  me.offer.predicate = predicate;
  wait(Thread::State::at_barrier);
  return me.votes;
}

/// The threads that the mask of `thread` names and that have not returned.
std::vector<Thread*> Scheduler::companions(Thread& thread) {
  std::vector<Thread*> lanes;
  auto& threads = thread.block->threads;
  const std::size_t warp = thread.in_block / 32 * 32;
  for (std::size_t lane = 0; lane < 32 && warp + lane < threads.size(); ++lane)
    if ((thread.offer.mask >> lane & 1U) != 0 &&
        threads[warp + lane].state != Thread::State::exited)
      lanes.push_back(&threads[warp + lane]);
  return lanes;
}

void Scheduler::warp_operation(const WarpOffer& offer, WarpResult& result, Site site) {
  Thread& me = *current_;
  me.site = site, me.offer = offer, me.result = &result;
  if ((offer.mask >> me.lane() & 1U) == 0) {
    record_fault(Fault::barrier, text("%s: %s with mask 0x%08x, which lacks the calling lane %d, "
                                      "at %s",
                                      text_of(me).c_str(), offer.operation, offer.mask, me.lane(),
                                      text_of(site).c_str()));
    stop();
  }
  const auto lanes = companions(me);
  const bool all = std::all_of(lanes.begin(), lanes.end(), [&](const Thread* other) {
    return other == &me ||
           (other->state == Thread::State::at_warp_operation && other->offer.mask == offer.mask &&
            std::strcmp(other->offer.operation, offer.operation) == 0 &&
            same_place(other->site, site));
  });
  if (!all) return wait(Thread::State::at_warp_operation);
  serve(lanes);
}

/// Gives each lane its result; afterwards each has seen what the others did before.
void Scheduler::serve(const std::vector<Thread*>& lanes) {
  WarpResult common;
  fill_with_poison(reinterpret_cast<char*>(common.all), sizeof common.all);
  std::array<std::uint32_t, 32> seen{};
  Knowledge acquired;
  for (const Thread* lane : lanes) {
    const unsigned bit = 1U << lane->lane();
    common.present |= bit;
    if (lane->offer.predicate) common.ballot |= bit;
    std::memcpy(common.all[lane->lane()], lane->offer.value, sizeof lane->offer.value);
    for (std::size_t i = 0; i < 32; ++i) seen[i] = std::max(seen[i], lane->seen[i]);
    seen[static_cast<std::size_t>(lane->lane())] = lane->segment;
    if (lane->acquired) acquired.add(*lane->acquired);
  }
  if (const WarpOffer& offer = lanes.front()->offer; offer.combine != nullptr)
    offer.combine(common, lanes.front()->site);
  for (Thread* const lane : lanes) {
    WarpResult& result = *lane->result;
    result = common;
    for (const Thread* other : lanes)
      if (std::memcmp(other->offer.value, lane->offer.value, sizeof lane->offer.value) == 0)
        result.matching |= 1U << other->lane();
    const int source = lane->offer.source_lane;
    std::memcpy(result.value, common.all[source & 31], sizeof result.value);
    if ((common.present >> (source & 31) & 1U) == 0) note_absent_lane(*lane, source);
    ++lane->segment;
    lane->seen = seen;
    if (!acquired.is_empty()) {
      if (!lane->acquired) lane->acquired = std::make_unique<Knowledge>();
      lane->acquired->add(acquired);
    }
    if (lane != current_) make_ready(*lane);
  }
}

void* Scheduler::shared_memory(const void* key, std::size_t bytes, std::size_t alignment,
                               const char* name, Site site) {
  char* const base = current_->block->shared->begin;
  for (const SharedObject& object : shared_objects_)
    if (object.key == key) return base + object.offset;
  std::size_t offset = 0;
  if (!shared_objects_.empty())
    offset = shared_objects_.back().offset + shared_objects_.back().bytes + gap;
  const std::size_t step = std::max<std::size_t>(alignment, 16);
  offset = (offset + step - 1) / step * step;
  const bool is_dynamic = key == this;
  if (!is_dynamic) static_shared_ += bytes;
  if (static_shared_ > most_static_shared ||
      static_shared_ + configuration_.shared_bytes > most_dynamic_shared ||
      offset + bytes + gap > shared_arena) {
    record_fault(Fault::launch,
                 text("kernel %s needs %zu bytes of shared memory with '%s' declared at %s, and "
                      "%zu dynamic ones: at most %zu may be declared and %zu used",
                      configuration_.kernel, static_shared_, name, text_of(site).c_str(),
                      configuration_.shared_bytes, most_static_shared, most_dynamic_shared));
    stop();
  }
  shared_objects_.push_back({key, name, site, offset, bytes});
  return base + offset;
}

void* Scheduler::dynamic_shared(const char* name) {
  return shared_memory(this, configuration_.shared_bytes, 128, name, configuration_.site);
}

// What kernels call (convict_device/language.hpp).

/// Each stack has a control word of its own (fiber.cpp).
void flush_subnormals() {
#if defined(__x86_64__)
  constexpr unsigned flush_results = 0x8000, operands_are_zero = 0x0040;
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | flush_results | operands_are_zero);
#endif
}

void enter() {
  if (running->configuration().flushes_subnormals) flush_subnormals();
  Thread& me = running->current();
  me.is_watched = watching = watches_accesses;
}
int sync_threads(bool predicate, Site site) { return running->barrier(predicate, site); }
void meet_in_warp(const WarpOffer& offer, WarpResult& result, Site site) {
  running->warp_operation(offer, result, site);
}
unsigned active_lanes() {
  running->yield();
  return 1U << running->current().lane();
}
int lane() { return running->current().lane(); }
void* shared_memory(const void* key, std::size_t bytes, std::size_t alignment, const char* name,
                    Site site) {
  return running->shared_memory(key, bytes, alignment, name, site);
}
void* dynamic_shared_memory(const char* name) { return running->dynamic_shared(name); }

void fence() {
  if (running == nullptr || !watches_accesses) return;
  Thread& me = running->current();
  auto known = std::make_unique<Knowledge>();
  if (me.fenced) known->add(*me.fenced);
  if (me.acquired) known->add(*me.acquired);
  if (me.block->acquired) known->add(*me.block->acquired);
  known->intervals_of_block[me.block->number] = me.block->interval;
  known->segments_of_thread[me.in_launch] = me.segment++;
  me.fenced = std::move(known);
}

void trap(const char* what, Site site) {
  if (running == nullptr) std::abort();
  record_fault(Fault::stopped, text("%s: %s at %s", text_of(running->current()).c_str(), what,
                                    text_of(site).c_str()));
  running->stop();
}

}  // namespace convict_device

// assert in kernels.
extern "C" void __assert_fail(const char* assertion, const char* file, unsigned line,
                              const char*) noexcept {
  const std::string what = std::string("assertion '") + assertion + "' failed";
  if (convict_device::running != nullptr)
    convict_device::trap(what.c_str(), {file, static_cast<int>(line)});
  std::fprintf(stderr, "%s:%u: %s\n", file, line, what.c_str());
  std::abort();
}
