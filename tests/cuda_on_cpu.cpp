#include "tests/cuda_on_cpu.hpp"

#include <fmt/format.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
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

constexpr std::size_t stack_bytes = 128 << 10;  // what an 8x8 register tile takes at -O0, and ASan
constexpr auto poison_fill = std::byte{0xFF};   // a NaN in every floating-point format

// ASan follows the switches between stacks when it is told of each (sanitizer/
// common_interface_defs.h); without it these do nothing.
#ifdef __SANITIZE_ADDRESS__
void leaving(void** fake_stack, const void* to, std::size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, to, bytes);
}
void arrived(void* fake_stack, const void** from, std::size_t* bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, from, bytes);
}
void allow(const void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
void say_where_when_asan_reports(void (*say)(const char*)) {
  __asan_set_error_report_callback(say);
}
#else
void leaving(void**, const void*, std::size_t) {}
void arrived(void*, const void**, std::size_t*) {}
void allow(const void*, std::size_t) {}
void say_where_when_asan_reports(void (*)(const char*)) {}
#endif

enum class State { ready, at_barrier, at_warp_operation, exited };

struct Fiber {
  Fiber() { getcontext(&context); }
  std::unique_ptr<std::byte[]> stack = std::make_unique_for_overwrite<std::byte[]>(stack_bytes);
  ucontext_t context{};
  void* fake_stack = nullptr;
  uint3 thread{};
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
std::string text_of(const Fiber& fiber) {
  if (fiber.state == State::exited)
    return fmt::format("thread {} has returned", text_of(fiber.thread));
  return fmt::format("thread {} waits at {}", text_of(fiber.thread), text_of(fiber.site));
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
std::vector<std::unique_ptr<Fiber>>& fiber_pool() {
  static std::vector<std::unique_ptr<Fiber>> pool;
  return pool;
}

/// What `pause` throws in a thread that is not to go on.
struct Abandoned {};

class Scheduler {
 public:
  Scheduler(const Launch& launch, const std::function<void()>& kernel)
      : launch_(launch), kernel_(kernel), random_(launch.seed), shared_(launch.shared_bytes) {}

  void run();
  /// Unwinds the threads that a fault left waiting.
  void abandon();
  /// Called in a fiber: gives way, to go on when its state is `ready` again.
  void pause(State state);
  void preempt();
  void meet_warp();

  Fiber& current() { return *current_; }
  int lane_of(const Fiber& fiber) const { return static_cast<int>(linear(fiber) % 32); }
  std::byte* shared() const { return shared_.data(); }

 private:
  static void enter();
  std::vector<std::size_t> block_order();
  void run_block();
  void poison_shared();
  void start(std::size_t thread);
  void switch_to(Fiber& f);
  void resume(std::size_t thread);
  std::size_t next_ready();
  void release_barrier();
  void serve(std::span<const std::size_t> lanes);
  std::vector<std::size_t> companions(const Fiber& fiber);
  std::size_t linear(const Fiber& fiber) const {
    return fiber.thread.x +
           launch_.block.x * (fiber.thread.y + std::size_t{launch_.block.y} * fiber.thread.z);
  }
  Fiber& fiber(std::size_t thread) { return *fiber_pool()[thread]; }
  std::span<std::unique_ptr<Fiber>> fibers() {
    return {fiber_pool().data(), count_of(launch_.block)};
  }

  const Launch& launch_;
  const std::function<void()>& kernel_;
  std::mt19937 random_;
  GuardedMemory shared_;
  std::vector<std::size_t> ready_;
  Fiber* current_ = nullptr;
  bool abandoned_ = false;
  ucontext_t context_{};
  void* fake_stack_ = nullptr;
  const void* stack_ = nullptr;
  std::size_t stack_size_ = 0;
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
  while (fiber_pool().size() < count_of(launch_.block))
    fiber_pool().push_back(std::make_unique<Fiber>());
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
  for (std::size_t thread = 0; thread < fibers().size(); ++thread) start(thread);
  for (;;) {
    while (!ready_.empty()) resume(next_ready());
    if (std::ranges::all_of(fibers(), [](auto& f) { return f->state == State::exited; })) break;
    release_barrier();
  }
  if (const std::string trespass = shared_.trespass(); !trespass.empty())
    fault("the kernel " + trespass + ", the dynamic shared one");
}

void Scheduler::poison_shared() {
  shared_.poison();
  // The linker's bounds are compared as numbers: the compiler takes two arrays to differ.
  const auto begin = reinterpret_cast<std::uintptr_t>(__start_cuda_shared);
  const auto end = reinterpret_cast<std::uintptr_t>(__stop_cuda_shared);
  if (begin != end)
    std::memset(__start_cuda_shared, std::to_integer<int>(poison_fill), end - begin);
}

void Scheduler::start(std::size_t thread) {
  Fiber& f = fiber(thread);
  allow(f.stack.get(), stack_bytes);  // a launch that failed left its frames there
  f.context.uc_stack.ss_sp = f.stack.get();
  f.context.uc_stack.ss_size = stack_bytes;
  f.context.uc_link = nullptr;
  makecontext(&f.context, enter, 0);
  f.thread = index_in(launch_.block, thread);
  f.state = State::ready;
  f.votes = 0;
  f.fake_stack = nullptr;
  f.failure = nullptr;
  ready_.push_back(thread);
}

void Scheduler::enter() {
  Scheduler& self = *running;
  arrived(nullptr, &self.stack_, &self.stack_size_);
  try {
    if (!self.abandoned_) self.kernel_();
  } catch (...) {
    self.current_->failure = std::current_exception();
  }
  self.current_->state = State::exited;
  leaving(nullptr, self.stack_, self.stack_size_);
  swapcontext(&self.current_->context, &self.context_);
}

void Scheduler::pause(State state) {
  Fiber& me = *current_;
  me.state = state;
  leaving(&me.fake_stack, stack_, stack_size_);
  swapcontext(&me.context, &context_);
  arrived(me.fake_stack, nullptr, nullptr);
  if (abandoned_) throw Abandoned{};
}

void Scheduler::switch_to(Fiber& f) {
  current_ = &f;
  threadIdx = f.thread;
  leaving(&fake_stack_, f.stack.get(), stack_bytes);
  swapcontext(&context_, &f.context);
  arrived(fake_stack_, nullptr, nullptr);
}

void Scheduler::abandon() {
  abandoned_ = true;
  for (const auto& f : fibers())
    if (f->state != State::exited) switch_to(*f);
}

void Scheduler::resume(std::size_t thread) {
  Fiber& f = fiber(thread);
  switch_to(f);
  if (!f.failure) return;
  try {
    std::rethrow_exception(f.failure);
  } catch (const std::exception& error) {
    fault(fmt::format("thread {}: {}", text_of(f.thread), error.what()));
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

/// No thread can go on: right when the whole block waits at one and the same barrier.
void Scheduler::release_barrier() {
  const auto is_waiting = [](const auto& f) { return f->state != State::exited; };
  const Fiber& first = **std::ranges::find_if(fibers(), is_waiting);
  if (first.state == State::at_warp_operation)
    fault(text_of(first) + ", a warp operation that not all lanes of its mask reach");
  for (const auto& f : fibers())
    if (f->state != State::at_barrier || !same(f->site, first.site))
      fault("divergent barrier: " + text_of(first) + ", but " + text_of(*f));
  const auto votes = std::ranges::count_if(fibers(), [](auto& f) { return f->offer.predicate; });
  for (std::size_t thread = 0; thread < fibers().size(); ++thread) {
    fiber(thread).votes = static_cast<int>(votes);
    fiber(thread).state = State::ready;
    ready_.push_back(thread);
  }
}

/// The threads of the fiber's warp that its mask names; those beyond a block's last are not there.
std::vector<std::size_t> Scheduler::companions(const Fiber& of) {
  std::vector<std::size_t> threads;
  const std::size_t warp = linear(of) / 32 * 32;
  for (std::size_t lane = 0; lane < 32 && warp + lane < fibers().size(); ++lane)
    if ((of.offer.mask >> lane & 1U) != 0) threads.push_back(warp + lane);
  return threads;
}

/// The last lane to arrive serves all that its mask names.
void Scheduler::meet_warp() {
  Fiber& me = *current_;
  const auto lanes = companions(me);
  const auto here = [&](std::size_t thread) {
    const Fiber& other = fiber(thread);
    return &other == &me || (other.state == State::at_warp_operation &&
                             other.offer.mask == me.offer.mask && same(other.site, me.site));
  };
  if (!std::ranges::all_of(lanes, here)) return pause(State::at_warp_operation);
  serve(lanes);
}

void Scheduler::serve(std::span<const std::size_t> lanes) {
  unsigned ballot = 0;
  for (const std::size_t thread : lanes)
    if (fiber(thread).offer.predicate) ballot |= 1U << (thread % 32);
  for (const std::size_t thread : lanes) {
    Fiber& f = fiber(thread);
    const std::size_t source = thread / 32 * 32 + static_cast<std::size_t>(f.offer.source_lane);
    f.received = {.ballot = ballot};
    f.received.value.fill(poison_fill);
    if (source < fibers().size()) f.received.value = fiber(source).offer.value;
    if (&f == current_) continue;
    f.state = State::ready;
    ready_.push_back(thread);
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
  Fiber& me = running->current();
  me.site = site;
  me.offer = {.predicate = predicate};
  running->pause(State::at_barrier);
  return me.votes;
}

Received meet_in_warp(const Offer& offer, const Site& site) {
  Fiber& me = running->current();
  const auto outside = [&](int lane) { return (offer.mask >> lane & 1U) == 0; };
  if (outside(lane())) throw KernelFault(fmt::format("lane {} is not in its mask", lane()));
  if (outside(offer.source_lane))
    throw KernelFault(fmt::format("reads lane {}, not in its mask", offer.source_lane));
  me.site = site;
  me.offer = offer;
  running->meet_warp();
  return me.received;
}

int lane() { return running->lane_of(running->current()); }

void* dynamic_shared_memory() { return running->shared(); }

}  // namespace detail
}  // namespace convict::cuda_on_cpu
