// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/fiber.hpp"

#include <utility>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace convict::cuda_on_cpu {
namespace {

constexpr std::size_t stack_bytes = 128 << 10;  // what an 8x8 register tile takes at -O0, and ASan

Fiber* resumed = nullptr;  // makecontext passes no pointers

// Notify ASan of a switch between stacks (sanitizer/common_interface_defs.h). Without ASan these
// functions do nothing.
#ifdef __SANITIZE_ADDRESS__
void leaving(void** fake_stack, const void* to, std::size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, to, bytes);
}
void arrived(void* fake_stack, const void** from, std::size_t* bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, from, bytes);
}
void forget_frames(const void* stack) { __asan_unpoison_memory_region(stack, stack_bytes); }
#else
void leaving(void**, const void*, std::size_t) {}
void arrived(void*, const void**, std::size_t*) {}
void forget_frames(const void*) {}
#endif

}  // namespace

Fiber::Fiber() : stack_(std::make_unique_for_overwrite<std::byte[]>(stack_bytes)) {
  getcontext(&own_);
}

void Fiber::start(std::function<void()> body) {
  body_ = std::move(body);
  forget_frames(stack_.get());
  own_.uc_stack.ss_sp = stack_.get();
  own_.uc_stack.ss_size = stack_bytes;
  own_.uc_link = nullptr;
  makecontext(&own_, enter, 0);
  own_fake_stack_ = nullptr;
}

void Fiber::enter() {
  Fiber& self = *resumed;
  arrived(nullptr, &self.caller_stack_, &self.caller_stack_bytes_);
  self.body_();
  leaving(nullptr, self.caller_stack_, self.caller_stack_bytes_);
  swapcontext(&self.own_, &self.caller_);
}

void Fiber::resume() {
  resumed = this;
  leaving(&caller_fake_stack_, stack_.get(), stack_bytes);
  swapcontext(&caller_, &own_);
  arrived(caller_fake_stack_, nullptr, nullptr);
}

void Fiber::pause() {
  leaving(&own_fake_stack_, caller_stack_, caller_stack_bytes_);
  swapcontext(&own_, &caller_);
  arrived(own_fake_stack_, nullptr, nullptr);
}

}  // namespace convict::cuda_on_cpu
