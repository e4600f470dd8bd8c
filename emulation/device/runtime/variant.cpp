// SPDX-License-Identifier: Apache-2.0
#include "variant.hpp"

#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "errors.hpp"
#include "faults.hpp"
#include "memory.hpp"
#include "scheduler.hpp"
#include "streams.hpp"
#include "watch.hpp"

// The user's convict_plugin_v1, under another name (emulation/build.cpp).
extern "C" const convict_plugin* convict_user_plugin_v1();

namespace convict_device {
namespace {

constexpr int calls_that_grow = 4;  ///< repeated ones, in a row: then device memory leaks

struct sigaction earlier_segv, earlier_bus, earlier_fpe;

/// A fault of the processor in a kernel is one of the device: the launch ends, not the process.
void on_signal(int number, siginfo_t* info, void* context) {
  struct sigaction& earlier = number == SIGSEGV  ? earlier_segv
                              : number == SIGBUS ? earlier_bus
                                                 : earlier_fpe;
  if (running == nullptr) {
    sigaction(number, &earlier, nullptr);  // the instruction is tried again, and ends there
    return;
  }
  Thread& me = running->current();
  const char* const at = static_cast<const char*>(info->si_addr);
  std::string what;
  if (number == SIGFPE)
    what = "integer division by zero, or its overflow";
  else if (info->si_code == SI_KERNEL || number == SIGBUS)
    what = "a misaligned access, or one at an address that cannot be";
  else if (at >= me.fiber->low() - 4096 && at < me.fiber->low())
    what = text("more than %zu bytes of local memory and calls", Fiber::bytes);
  else
    what = "an access " + place_of(at);
  record_fault(Fault::access, text("kernel %s, %s: %s", running->configuration().kernel,
                                   text_of(me).c_str(), what.c_str()));
  (void)context;
  running->stop();
}

void catch_signals() {
  static const bool done = [] {
    alignas(16) static std::array<char, 64 << 10> stack;
    stack_t own{};
    own.ss_sp = stack.data(), own.ss_size = stack.size();
    sigaltstack(&own, nullptr);
    return true;
  }();
  (void)done;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSEGV, &action, &earlier_segv);
  sigaction(SIGBUS, &action, &earlier_bus);
  sigaction(SIGFPE, &action, &earlier_fpe);
}
void release_signals() {
  sigaction(SIGSEGV, &earlier_segv, nullptr);
  sigaction(SIGBUS, &earlier_bus, nullptr);
  sigaction(SIGFPE, &earlier_fpe, nullptr);
}

void begin(std::uint64_t seed, bool tells, double seconds) {
  forget_faults();
  forget_errors();
  seed_orders(seed);
  begin_numbering();
  turns_of_threads = 0;
  limit_time(seconds);
  tells_unwritten = tells;
  begin_watching();
  if (watches_accesses) open_device_memory(false);
  catch_signals();
}

/// Memory that a call leaves behind which is the same as the one before: a plan or a cache does not
/// grow then.
std::string leak(bool repeated) {
  static std::size_t before = 0;
  static int grown = 0;
  const std::size_t now = live_device_bytes();
  const std::size_t growth = now > before ? now - before : 0;
  if (repeated) grown = growth > 0 ? grown + 1 : 0;
  before = now;
  if (grown < calls_that_grow) return "";
  return text(
      "device memory is not freed: it grew in each of %d repeated calls, by %zu bytes in "
      "the last, to %zu bytes in %u allocations",
      grown, growth, now, live_allocations());
}

bool end(char* message, std::size_t message_bytes, bool repeated) {
  std::string about = unfinished();
  if (about.empty()) about = unseen_error().empty() ? "" : unseen_error() + ", and no call looked";
  if (!about.empty() && !is_out_of_time()) record_fault(Fault::launch, about);
  finish_all();
  if (const std::string grown = leak(repeated); !grown.empty()) record_fault(Fault::launch, grown);
  release_signals();
  open_device_memory(true);
  const std::string sentence = fault_sentence();
  if (sentence.empty()) return false;
  if (message != nullptr && message_bytes > 0) {
    const std::size_t bytes = std::min(sentence.size(), message_bytes - 1);
    std::memcpy(message, sentence.data(), bytes);
    message[bytes] = '\0';
  }
  return true;
}

}  // namespace
}  // namespace convict_device

extern "C" __attribute__((visibility("default"))) const convict_device::Variant*
convict_emulated_variant_v1() {
  static const convict_device::Variant variant{
      convict_user_plugin_v1, convict_device::begin, convict_device::end,
      [] { return convict_device::turns_of_threads; }, convict_device::is_out_of_time};
  return &variant;
}
