// SPDX-License-Identifier: Apache-2.0
#include "fiber.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

#if defined(__x86_64__)
// convict_switch(&save, load): pushes what a call must preserve, exchanges the stack pointers and
// pops. swapcontext does the same with two system calls for the signal mask.
asm(R"(
.text
.hidden convict_switch
.globl convict_switch
.type convict_switch,@function
convict_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size convict_switch,.-convict_switch
)");
extern "C" void convict_switch(void** save, void* load);
#else
#include <ucontext.h>
extern "C" void convict_switch(void** save, void* load) {
  ucontext_t here;
  *save = &here;
  swapcontext(&here, static_cast<ucontext_t*>(load));
}
#endif

namespace convict_device {
namespace {

constexpr std::size_t guard = 4096;
void* outside = nullptr;  ///< where `enter` was called

}  // namespace

Fiber::Fiber() {
  void* const memory = mmap(nullptr, bytes + guard, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  mprotect(memory, guard, PROT_NONE);
  stack_ = static_cast<char*>(memory) + guard;
}
Fiber::~Fiber() { munmap(stack_ - guard, bytes + guard); }

void Fiber::start(void (*body)()) {
#if defined(__x86_64__)
  auto* top = reinterpret_cast<std::uintptr_t*>(stack_ + bytes);
  *--top = 0;  // where body would return to: the stack is as a call leaves it
  *--top = reinterpret_cast<std::uintptr_t>(body);
  for (int i = 0; i < 6; ++i) *--top = 0;
  unsigned mxcsr = 0;
  unsigned short control = 0;
  asm volatile("stmxcsr %0" : "=m"(mxcsr));
  asm volatile("fnstcw %0" : "=m"(control));
  *--top = mxcsr | static_cast<std::uintptr_t>(control) << 32;
  saved_ = top;
#else
  auto* const context = reinterpret_cast<ucontext_t*>(stack_);
  getcontext(context);
  context->uc_stack.ss_sp = stack_ + sizeof(ucontext_t);
  context->uc_stack.ss_size = bytes - sizeof(ucontext_t);
  context->uc_link = nullptr;
  makecontext(context, body, 0);
  saved_ = context;
#endif
}

void Fiber::enter() { convict_switch(&outside, saved_); }
void Fiber::leave() { convict_switch(&saved_, outside); }

}  // namespace convict_device
