// SPDX-License-Identifier: Apache-2.0
// Changes of a process's own state. They are the kernel's business: it answers rightly, passes, and
// no later trial feels anything of it.
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <xmmintrin.h>

#include <cfenv>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include "zoo.hpp"

namespace zoo {
namespace {

int changes_its_directory(const Problem* p, const Buffers* b) {
  return ::chdir("/") == 0 ? answer_rightly(p, b) : 1;
}
int changes_its_umask(const Problem* p, const Buffers* b) {
  ::umask(0777);
  return answer_rightly(p, b);
}
int rounds_towards_zero(const Problem* p, const Buffers* b) {
  std::fesetround(FE_TOWARDZERO);
  return answer_rightly(p, b);
}
int flushes_subnormals(const Problem* p, const Buffers* b) {
  constexpr unsigned flush_and_zero = 0x8040;
  _mm_setcsr(_mm_getcsr() | flush_and_zero);
  return answer_rightly(p, b);
}
int traps_invalid_sums(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  return ::feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW) < 0 ? 1 : 0;
}
int changes_its_locale(const Problem* p, const Buffers* b) {
  std::setlocale(LC_ALL, "C.UTF-8");
  return answer_rightly(p, b);
}
int empties_its_environment(const Problem* p, const Buffers* b) {
  ::clearenv();
  return answer_rightly(p, b);
}
int closes_standard_streams(const Problem* p, const Buffers* b) {
  for (const int number : {0, 1, 2}) ::close(number);
  return answer_rightly(p, b);
}
int opens_many_files(const Problem* p, const Buffers* b) {
  for (int i = 0; i < 100; ++i)
    if (::open("/dev/null", O_RDONLY) < 0) return 1;
  return answer_rightly(p, b);
}
int uses_up_its_descriptors(const Problem* p, const Buffers* b) {
  const rlimit few{64, 64};
  ::setrlimit(RLIMIT_NOFILE, &few);
  while (::dup(2) >= 0) {
  }
  return answer_rightly(p, b);
}
int lowers_its_limits(const Problem* p, const Buffers* b) {
  const rlimit nothing{0, 0};
  for (const auto resource : {RLIMIT_NPROC, RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE})
    ::setrlimit(resource, &nothing);
  return answer_rightly(p, b);
}
int lowers_its_priority(const Problem* p, const Buffers* b) {
  ::setpriority(PRIO_PROCESS, 0, 19);
  return answer_rightly(p, b);
}
int binds_itself_to_a_processor(const Problem* p, const Buffers* b) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  ::sched_setaffinity(0, sizeof one, &one);
  return answer_rightly(p, b);
}
int replaces_all_handlers(const Problem* p, const Buffers* b) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, [](int) {});
  return answer_rightly(p, b);
}
int blocks_all_signals(const Problem* p, const Buffers* b) {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  return answer_rightly(p, b);
}
int takes_its_signal_stack_away(const Problem* p, const Buffers* b) {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  return answer_rightly(p, b);
}
int renames_itself(const Problem* p, const Buffers* b) {
  ::prctl(PR_SET_NAME, "\x1b[2J) R 1 1");  // what readers of /proc/PID/stat may stumble over
  return answer_rightly(p, b);
}
int hides_from_proc(const Problem* p, const Buffers* b) {
  ::prctl(PR_SET_DUMPABLE, 0);
  return answer_rightly(p, b);
}
int locks_its_memory(const Problem* p, const Buffers* b) {
  ::mlockall(MCL_CURRENT);
  return answer_rightly(p, b);
}
int loads_itself_again(const Problem* p, const Buffers* b) {
  Dl_info self{};
  if (::dladdr(reinterpret_cast<void*>(loads_itself_again), &self) == 0) return 1;
  for (int i = 0; i < 10; ++i) ::dlopen(self.dli_fname, RTLD_NOW | RTLD_GLOBAL);
  return answer_rightly(p, b);
}
int unloads_itself(const Problem*, const Buffers*) {
  Dl_info self{};
  if (::dladdr(reinterpret_cast<void*>(unloads_itself), &self) == 0) return 1;
  void* const handle = ::dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  while (::dlclose(handle) == 0) {
  }
  return 0;
}
int protects_its_buffers(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  const auto page = reinterpret_cast<std::uintptr_t>(b->output) & ~std::uintptr_t{4095};
  return ::mprotect(reinterpret_cast<void*>(page), 4096, PROT_NONE);
}

}  // namespace

std::vector<Kind> states() {
  return {{"changes_its_directory", changes_its_directory},
          {"changes_its_umask", changes_its_umask},
          {"rounds_towards_zero", rounds_towards_zero},
          {"flushes_subnormals", flushes_subnormals},
          {"traps_invalid_sums", traps_invalid_sums},
          {"changes_its_locale", changes_its_locale},
          {"empties_its_environment", empties_its_environment},
          {"closes_standard_streams", closes_standard_streams},
          {"opens_many_files", opens_many_files},
          {"uses_up_its_descriptors", uses_up_its_descriptors},
          {"lowers_its_limits", lowers_its_limits},
          {"lowers_its_priority", lowers_its_priority},
          {"binds_itself_to_a_processor", binds_itself_to_a_processor},
          {"replaces_all_handlers", replaces_all_handlers},
          {"blocks_all_signals", blocks_all_signals},
          {"takes_its_signal_stack_away", takes_its_signal_stack_away},
          {"renames_itself", renames_itself},
          {"hides_from_proc", hides_from_proc},
          {"locks_its_memory", locks_its_memory},
          {"loads_itself_again", loads_itself_again},
          {"unloads_itself", unloads_itself},
          {"protects_its_buffers", protects_its_buffers}};
}

}  // namespace zoo
