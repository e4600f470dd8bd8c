// SPDX-License-Identifier: Apache-2.0
#include "scheduler.hpp"

#include <algorithm>
#include <chrono>
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
std::uint64_t turns_of_threads = 0;

namespace {

constexpr unsigned most_idle_yields = 20'000;  ///< while no block ends

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

using SteadyClock = std::chrono::steady_clock;
SteadyClock::time_point end_of_time = SteadyClock::time_point::max();
bool out_of_time = false;

/// Asked at every turn of a thread; the clock is looked at once in a while.
bool time_is_over() {
  constexpr std::uint64_t turns_between_looks = 256;
  if (turns_of_threads % turns_between_looks == 0 && SteadyClock::now() > end_of_time)
    out_of_time = true;
  return out_of_time;
}

uint3 index_in(const dim3& extents, std::size_t at) {
  return {static_cast<unsigned>(at % extents.x), static_cast<unsigned>(at / extents.x % extents.y),
          static_cast<unsigned>(at / extents.x / extents.y)};
}

std::string waits(const Thread& thread) {
  return text("thread %s waits at %s", text_of(thread.index).c_str(), text_of(thread.site).c_str());
}

}  // namespace

void limit_time(double seconds) {
  out_of_time = false;
  end_of_time = seconds > 0
                    ? SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(
                                               std::chrono::duration<double>(seconds))
                    : SteadyClock::time_point::max();
}
bool is_out_of_time() { return out_of_time; }

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
    fill_with_poison(shared.begin, std::min(last.offset + last.bytes + shared_gap, shared.bytes));
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
      block->shared = new_allocation(shared_arena_bytes, Allocation::Kind::shared, {});
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
    if (time_is_over()) is_stopped_ = true;
    if (is_stopped_) return;
    thread->fiber->enter();
    // A thread that returned may have left its fiber to others that began on it.
    if (is_stopped_) return;
  }
}

void Scheduler::switch_to(Thread& thread) {
  current_ = &thread;
  ++turns_of_threads;
  threadIdx = thread.index;
  blockIdx = thread.block->index;
  watching = thread.is_watched && is_watched_now();
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
      if (time_is_over()) self.stop();
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
    if (!is_poison(block.shared->begin + object.offset + object.bytes, shared_gap / 2))
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

}  // namespace convict_device
