// SPDX-License-Identifier: Apache-2.0
#include "sandbox/child/signal_guard.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace convict::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;  // no system call has it: nothing is forbidden
#endif

/// The system calls whose first argument is the process, thread or group that gets a signal.
constexpr std::array<std::uint32_t, 5> signalling = {SYS_kill, SYS_tkill, SYS_tgkill,
                                                     SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};

/// A program for the filter machine of the system (Documentation/networking/filter.rst of Linux).
class Filter {
 public:
  void load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void answer(std::uint32_t value) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, value)); }
  /// Skips the next instruction unless the loaded number equals `value`.
  void if_equal(std::uint32_t value) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
  }
  void unless_equal(std::uint32_t value) {
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
  }
  /// Skips the rest unless the loaded number is among `values`.
  void unless_one_of(std::span<const std::uint32_t> values, std::uint32_t otherwise) {
    for (std::size_t i = 0; i < values.size(); ++i)
      code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, values[i],
                               static_cast<std::uint8_t>(values.size() - i), 0));
    answer(otherwise);
  }

  void install() {
    sock_fprog program{.len = static_cast<unsigned short>(code_.size()), .filter = code_.data()};
    const auto set = [&] { return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0; };
    // Without privileges a process may filter its calls only if it can gain none.
    if (!set() && errno == EACCES && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) set();
  }

 private:
  std::vector<sock_filter> code_;
};

/// Where the lower half of a system call's argument lies, which has the whole of an int.
constexpr std::size_t argument(std::size_t number) {
  const std::size_t half = std::endian::native == std::endian::big ? sizeof(std::uint32_t) : 0;
  return offsetof(seccomp_data, args) + number * sizeof(std::uint64_t) + half;
}

}  // namespace

void forbid_signals_to(std::span<const pid_t> processes) {
  Filter filter;
  filter.load(offsetof(seccomp_data, arch));
  filter.unless_equal(architecture);
  filter.answer(SECCOMP_RET_ALLOW);
  filter.load(offsetof(seccomp_data, nr));
  filter.unless_one_of(signalling, SECCOMP_RET_ALLOW);
  // Of kill, signal 0 is none. Of the others, the second argument is a thread or a signal.
  filter.load(argument(1));
  filter.if_equal(0);
  filter.answer(SECCOMP_RET_ALLOW);
  filter.load(argument(0));
  constexpr pid_t everyone = -1;
  filter.if_equal(static_cast<std::uint32_t>(everyone));
  filter.answer(SECCOMP_RET_KILL_PROCESS);
  for (const pid_t process : processes)
    for (const pid_t target : {process, -process}) {
      filter.if_equal(static_cast<std::uint32_t>(target));
      filter.answer(SECCOMP_RET_KILL_PROCESS);
    }
  filter.answer(SECCOMP_RET_ALLOW);
  filter.install();
}

}  // namespace convict::sandbox
