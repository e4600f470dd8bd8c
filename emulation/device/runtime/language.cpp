// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <string>

#include "faults.hpp"
#include "scheduler.hpp"
#include "watch.hpp"

namespace convict_device {

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
  me.is_watched = watching = is_watched_now();
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
