// SPDX-License-Identifier: Apache-2.0
#include "sandbox/child/fault_notes.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace convict::sandbox {
namespace {

// Global because signal handlers are per process.
volatile FaultRecord* noted_in = nullptr;
alignas(16) std::array<std::byte, std::size_t{64} * 1024> handler_stack;

void set_handler(int signal, const struct sigaction& action) {
  ::sigaction(signal, &action, nullptr);
}

/// Notes the address of a fault, then lets the process die of the signal. A signal that was sent by
/// a process (si_code <= 0) has no address.
void note(int signal, siginfo_t* info, void*) {
  const bool is_fault = info->si_code > 0;
  if (is_fault && noted_in->noted == 0) {
    noted_in->address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    noted_in->noted = 1;
  }
  struct sigaction deadly {};
  deadly.sa_handler = SIG_DFL;
  set_handler(signal, deadly);
  ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), signal);
}

}  // namespace

void note_faults_in(volatile FaultRecord& record) {
  noted_in = &record;
  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = note;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS}) set_handler(signal, action);
}

}  // namespace convict::sandbox
