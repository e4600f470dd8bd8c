// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/cuda_on_cpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "tests/gpu/fiber.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

extern "C" {
// Where the linker puts `__shared__`; absent when no kernel has any.
extern std::byte __start_cuda_shared[] __attribute__((weak));
extern std::byte __stop_cuda_shared[] __attribute__((weak));
}

namespace convict::cuda_on_cpu {
namespace {

using detail::Offer;
using detail::Received;
using detail::Site;

constexpr auto poison_fill = std::byte{0xFF};  // a NaN in every floating-point format

#ifdef __SANITIZE_ADDRESS__
void say_where_when_asan_reports(void (*say)(const char*)) {
  __asan_set_error_report_callback(say);
}
#else
void say_where_when_asan_reports(void (*)(const char*)) {}
#endif

enum class State { ready, at_barrier, at_warp_operation, exited };

/// A CUDA thread.
struct Thread {
  Fiber fiber{};
  uint3 index{};
  State state = State::exited;
  Site site{};
  Offer offer{};
  Received received{};
  int votes = 0;
  std::exception_ptr failure{};
};

std::string text_of(const uint3& index) {
  return fmt::format("({}, {}, {})", index.x, index.y, index.z);
}
std::string text_of(const Site& site) {
  return fmt::format("{}:{}", site.file_name(), site.line());
}
std::string text_of(const Thread& thread) {
  if (thread.state == State::exited)
    return fmt::format("thread {} has returned", text_of(thread.index));
  return fmt::format("thread {} waits at {}", text_of(thread.index), text_of(thread.site));
}

bool same(const Site& a, const Site& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         std::string_view(a.file_name()) == b.file_name();
}

std::size_t count_of(const dim3& extents) { return std::size_t{extents.x} * extents.y * extents.z; }
uint3 index_in(const dim3& extents, std::size_t at) {
  return {static_cast<unsigned>(at % extents.x), static_cast<unsigned>(at / extents.x % extents.y),
          static_cast<unsigned>(at / extents.x / extents.y)};
}

/// Stacks are kept between blocks and launches: mapping them costs more than running a block.
std::vector<std::unique_ptr<Thread>>& thread_pool() {
  static std::vector<std::unique_ptr<Thread>> pool;
  return pool;
}

/// The exception of `pause` in a thread that must not continue.
struct Abandoned {};

class Scheduler {
 public:
  Scheduler(const Launch& launch, const std::function<void()>& kernel)
      : launch_(launch), kernel_(kernel), random_(launch.seed), shared_(launch.shared_bytes) {}

  void run();
  /// Unwinds the threads that are still waiting after a fault.
  void abandon();
  /// Called in a thread: suspends it until its state is `ready` again.
  void pause(State state);
  void preempt();
  void meet_warp();

  Thread& current() { return *current_; }
  int lane() const { return static_cast<int>(linear(*current_) % 32); }
  std::byte* shared() const { return shared_.data(); }

 private:
  void run_thread(Thread& thread);
  std::vector<std::size_t> block_order();
  void run_block();
  void poison_shared();
  void start(std::size_t at);
  void switch_to(Thread& thread);
  void resume(std::size_t at);
  std::size_t next_ready();
  void release_barrier();
  void serve(std::span<const std::size_t> lanes);
  std::vector<std::size_t> companions(const Thread& thread);
  std::size_t linear(const Thread& thread) const {
    return thread.index.x +
           launch_.block.x * (thread.index.y + std::size_t{launch_.block.y} * thread.index.z);
  }
  Thread& thread_at(std::size_t at) { return *thread_pool()[at]; }
  std::span<std::unique_ptr<Thread>> threads() {
    return {thread_pool().data(), count_of(launch_.block)};
  }

  const Launch& launch_;
  const std::function<void()>& kernel_;
  std::mt19937 random_;
  GuardedMemory shared_;
  std::vector<std::size_t> ready_;
  Thread* current_ = nullptr;
  bool abandoned_ = false;
};

Scheduler* running = nullptr;

[[noreturn]] void fault(const std::string& what) {
  throw KernelFault(fmt::format("block {}: {}", text_of(blockIdx), what));
}

void say_where(const char*) {
  if (running == nullptr) return;
  fmt::print(stderr, "cuda_on_cpu: in block {}, thread {}\n", text_of(blockIdx),
             text_of(threadIdx));
}

/// The limits of sm_90 (CUDA C++ Programming Guide, Technical Specifications per Compute
/// Capability).
void require_legal(const Launch& launch) {
  const auto [gx, gy, gz] = launch.grid;
  const auto [bx, by, bz] = launch.block;
  const bool grid = gx >= 1 && gx < 1U << 31 && gy >= 1 && gy < 65536 && gz >= 1 && gz < 65536;
  const bool block = bx >= 1 && bx <= 1024 && by >= 1 && by <= 1024 && bz >= 1 && bz <= 64 &&
                     count_of(launch.block) <= 1024;
  if (grid && block && launch.shared_bytes <= 227 << 10) return;
  throw KernelFault(
      fmt::format("illegal launch: grid ({}, {}, {}) up to (2^31-1, 65535, 65535), block ({}, {}, "
                  "{}) up to (1024, 1024, 64) and 1024 in all, {} bytes of shared memory up to 227 "
                  "KiB",
                  gx, gy, gz, bx, by, bz, launch.shared_bytes));
}

void Scheduler::run() {
  gridDim = launch_.grid;
  blockDim = launch_.block;
  while (thread_pool().size() < count_of(launch_.block))
    thread_pool().push_back(std::make_unique<Thread>());
  for (const std::size_t block : block_order()) {
    blockIdx = index_in(launch_.grid, block);
    run_block();
  }
}

std::vector<std::size_t> Scheduler::block_order() {
  std::vector<std::size_t> order(count_of(launch_.grid));
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (launch_.seed == 1) std::reverse(order.begin(), order.end());
  if (launch_.seed > 1) std::shuffle(order.begin(), order.end(), random_);
  return order;
}

void Scheduler::run_block() {
  poison_shared();
  for (std::size_t at = 0; at < threads().size(); ++at) start(at);
  for (;;) {
    while (!ready_.empty()) resume(next_ready());
    if (std::ranges::all_of(threads(), [](auto& f) { return f->state == State::exited; })) break;
    release_barrier();
  }
  if (const std::string written_outside = shared_.written_outside(); !written_outside.empty())
    fault("the kernel " + written_outside + ", the dynamic shared one");
}

void Scheduler::poison_shared() {
  shared_.poison();
  // The linker's bounds are compared as integers: the compiler assumes that the addresses of two
  // arrays differ.
  const auto begin = reinterpret_cast<std::uintptr_t>(__start_cuda_shared);
  const auto end = reinterpret_cast<std::uintptr_t>(__stop_cuda_shared);
  if (begin != end)
    std::memset(__start_cuda_shared, std::to_integer<int>(poison_fill), end - begin);
}

void Scheduler::start(std::size_t at) {
  Thread& thread = thread_at(at);
  thread.index = index_in(launch_.block, at);
  thread.state = State::ready;
  thread.votes = 0;
  thread.failure = nullptr;
  thread.fiber.start([this, &thread] { run_thread(thread); });
  ready_.push_back(at);
}

void Scheduler::run_thread(Thread& thread) {
  try {
    if (!abandoned_) kernel_();
  } catch (...) {
    thread.failure = std::current_exception();
  }
  thread.state = State::exited;
}

void Scheduler::pause(State state) {
  current_->state = state;
  current_->fiber.pause();
  if (abandoned_) throw Abandoned{};
}

void Scheduler::switch_to(Thread& thread) {
  current_ = &thread;
  threadIdx = thread.index;
  thread.fiber.resume();
}

void Scheduler::abandon() {
  abandoned_ = true;
  for (const auto& thread : threads())
    if (thread->state != State::exited) switch_to(*thread);
}

void Scheduler::resume(std::size_t at) {
  Thread& thread = thread_at(at);
  switch_to(thread);
  if (!thread.failure) return;
  try {
    std::rethrow_exception(thread.failure);
  } catch (const std::exception& error) {
    fault(fmt::format("thread {}: {}", text_of(thread.index), error.what()));
  }
}

std::size_t Scheduler::next_ready() {
  std::size_t at = 0;
  if (launch_.seed == 1) at = ready_.size() - 1;
  if (launch_.seed > 1) at = random_() % ready_.size();
  const std::size_t thread = ready_[at];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(at));
  return thread;
}

void Scheduler::preempt() {
  if (launch_.preempt_one_in == 0 || random_() % launch_.preempt_one_in != 0) return;
  ready_.push_back(linear(*current_));
  pause(State::ready);
}

/// Called when no thread is ready. That is legal only when the whole block waits at one barrier.
void Scheduler::release_barrier() {
  const auto is_waiting = [](const auto& f) { return f->state != State::exited; };
  const Thread& first = **std::ranges::find_if(threads(), is_waiting);
  if (first.state == State::at_warp_operation)
    fault(text_of(first) + ", a warp operation that not all lanes of its mask reach");
  for (const auto& f : threads())
    if (f->state != State::at_barrier || !same(f->site, first.site))
      fault("divergent barrier: " + text_of(first) + ", but " + text_of(*f));
  const auto votes = std::ranges::count_if(threads(), [](auto& f) { return f->offer.predicate; });
  for (std::size_t at = 0; at < threads().size(); ++at) {
    thread_at(at).votes = static_cast<int>(votes);
    thread_at(at).state = State::ready;
    ready_.push_back(at);
  }
}

/// The threads of the warp that the mask of `thread` names, without those beyond the last of the
/// block.
std::vector<std::size_t> Scheduler::companions(const Thread& thread) {
  std::vector<std::size_t> lanes;
  const std::size_t warp = linear(thread) / 32 * 32;
  for (std::size_t lane = 0; lane < 32 && warp + lane < threads().size(); ++lane)
    if ((thread.offer.mask >> lane & 1U) != 0) lanes.push_back(warp + lane);
  return lanes;
}

/// The last lane to arrive completes the operation for all lanes that its mask names.
void Scheduler::meet_warp() {
  const Thread& me = *current_;
  const auto lanes = companions(me);
  const auto is_here = [&](std::size_t at) {
    const Thread& other = thread_at(at);
    return &other == &me || (other.state == State::at_warp_operation &&
                             other.offer.mask == me.offer.mask && same(other.site, me.site));
  };
  if (!std::ranges::all_of(lanes, is_here)) return pause(State::at_warp_operation);
  serve(lanes);
}

void Scheduler::serve(std::span<const std::size_t> lanes) {
  unsigned ballot = 0;
  for (const std::size_t at : lanes)
    if (thread_at(at).offer.predicate) ballot |= 1U << (at % 32);
  for (const std::size_t at : lanes) {
    Thread& thread = thread_at(at);
    const std::size_t source = at / 32 * 32 + static_cast<std::size_t>(thread.offer.source_lane);
    thread.received = {.ballot = ballot};
    thread.received.value.fill(poison_fill);
    if (source < threads().size()) thread.received.value = thread_at(source).offer.value;
    if (&thread == current_) continue;
    thread.state = State::ready;
    ready_.push_back(at);
  }
}

}  // namespace

void launch(const Launch& launch, const std::function<void()>& kernel) {
  require_legal(launch);
  if (running != nullptr) throw std::logic_error("a kernel cannot launch a kernel");
  say_where_when_asan_reports(say_where);
  Scheduler scheduler(launch, kernel);
  running = &scheduler;
  try {
    scheduler.run();
  } catch (...) {
    scheduler.abandon();
    running = nullptr;
    throw;
  }
  running = nullptr;
}

void preemption_point() {
  if (running != nullptr) running->preempt();
}

namespace detail {

int sync_threads(bool predicate, const Site& site) {
  Thread& me = running->current();
  me.site = site;
  me.offer = {.predicate = predicate};
  running->pause(State::at_barrier);
  return me.votes;
}

Received meet_in_warp(const Offer& offer, const Site& site) {
  Thread& me = running->current();
  const auto outside = [&](int lane) { return (offer.mask >> lane & 1U) == 0; };
  if (outside(lane())) throw KernelFault(fmt::format("lane {} is not in its mask", lane()));
  if (outside(offer.source_lane))
    throw KernelFault(fmt::format("reads lane {}, not in its mask", offer.source_lane));
  me.site = site;
  me.offer = offer;
  running->meet_warp();
  return me.received;
}

int lane() { return running->lane(); }

void* dynamic_shared_memory() { return running->shared(); }

}  // namespace detail
}  // namespace convict::cuda_on_cpu
