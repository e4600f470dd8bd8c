// SPDX-License-Identifier: Apache-2.0
// Signals and broken memory: the process dies, each time in another way.
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "zoo.hpp"

namespace zoo {
namespace {

void write_to(std::uintptr_t address) { *reinterpret_cast<volatile int*>(address) = 1; }

int divides_by_zero(const Problem*, const Buffers*) {
  volatile int zero = 0;
  return 7 / zero;
}
int executes_nonsense(const Problem*, const Buffers*) { __builtin_trap(); }
int executes_data(const Problem*, const Buffers* b) {
  reinterpret_cast<void (*)()>(b->output)();
  return 0;
}
int calls_null(const Problem*, const Buffers*) {
  void (*volatile nothing)() = nullptr;
  return nothing(), 0;
}
int writes_to_its_constants(const Problem*, const Buffers*) {
  static const int constant[4] = {1, 2, 3, 4};
  return write_to(reinterpret_cast<std::uintptr_t>(constant)), 0;
}
int reads_beyond_a_file(const Problem*, const Buffers*) {
  const int file = ::memfd_create("short", 0);
  void* const memory = ::mmap(nullptr, 8192, PROT_READ, MAP_SHARED, file, 0);
  return *static_cast<volatile int*>(memory);
}
int writes_to_a_closed_pipe(const Problem*, const Buffers*) {
  int ends[2];
  if (::pipe(ends) != 0) return 1;
  ::close(ends[0]);
  return ::write(ends[1], "x", 1) == 1 ? 0 : 1;
}
int stops_at_a_breakpoint(const Problem*, const Buffers*) { return ::raise(SIGTRAP); }
int hangs_up_its_terminal(const Problem*, const Buffers*) { return ::raise(SIGHUP); }
int interrupts_itself(const Problem*, const Buffers*) { return ::raise(SIGINT); }
int terminates_itself(const Problem*, const Buffers*) { return ::raise(SIGTERM); }
int sends_itself_a_real_time_signal(const Problem*, const Buffers*) {
  return ::raise(SIGRTMIN + 3);
}
int writes_a_file_that_is_too_large(const Problem*, const Buffers*) {
  const rlimit nothing{0, 0};
  ::setrlimit(RLIMIT_FSIZE, &nothing);
  const int file = ::memfd_create("none", 0);
  return ::write(file, "x", 1) == 1 ? 0 : 1;
}
int frees_twice(const Problem*, const Buffers*) {
  void* const memory = std::malloc(100000);
  std::memset(memory, 1, 100000);
  void* volatile same = memory;
  std::free(memory);
  std::free(same);
  return 0;
}
int frees_its_output(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  void* volatile output = b->output;
  std::free(output);
  return 0;
}
int overruns_its_heap(const Problem*, const Buffers*) {
  char* volatile small = static_cast<char*>(std::malloc(16));
  std::memset(small, 0xFF, 4096);
  std::free(small);
  std::abort();
}
int recurses_without_end(const Problem* p, const Buffers* b) {
  volatile char frame[1 << 16];
  frame[0] = static_cast<char>(p->rank);
  return recurses_without_end(p, b) + frame[0];
}
int unmaps_its_buffers(const Problem* p, const Buffers* b) {
  answer_rightly(p, b);
  const auto page = reinterpret_cast<std::uintptr_t>(b->output) & ~std::uintptr_t{4095};
  return ::munmap(reinterpret_cast<void*>(page), 4096);
}
int throws_without_an_exception(const Problem*, const Buffers*) { throw; }
void throws_although_it_promised() noexcept { throw std::bad_alloc(); }
int breaks_a_promise(const Problem*, const Buffers*) { return throws_although_it_promised(), 0; }

/// Survives its own fault, and answers.
int recovers_from_its_fault(const Problem* p, const Buffers* b) {
  static sigjmp_buf before;
  ::signal(SIGSEGV, [](int) { siglongjmp(before, 1); });
  if (sigsetjmp(before, 1) == 0) write_to(8);
  return answer_rightly(p, b);
}

const char* reasons_with_a_wild_pointer(const Problem*) { return reinterpret_cast<const char*>(8); }
std::size_t faults_when_asked_for_workspace(const Problem*) { return write_to(8), 0; }
void* plans_nothing(const Problem*) { return nullptr; }
void* faults_when_it_plans(const Problem*) { return write_to(8), nullptr; }
void* plans_an_int(const Problem*) { return new int(7); }
void faults_when_it_destroys(void*) { write_to(8); }

}  // namespace

std::vector<Kind> faults() {
  std::vector<Kind> kinds = {{"divides_by_zero", divides_by_zero},
                             {"executes_nonsense", executes_nonsense},
                             {"executes_data", executes_data},
                             {"calls_null", calls_null},
                             {"writes_to_its_constants", writes_to_its_constants},
                             {"reads_beyond_a_file", reads_beyond_a_file},
                             {"writes_to_a_closed_pipe", writes_to_a_closed_pipe},
                             {"stops_at_a_breakpoint", stops_at_a_breakpoint},
                             {"hangs_up_its_terminal", hangs_up_its_terminal},
                             {"interrupts_itself", interrupts_itself},
                             {"terminates_itself", terminates_itself},
                             {"sends_itself_a_real_time_signal", sends_itself_a_real_time_signal},
                             {"writes_a_file_that_is_too_large", writes_a_file_that_is_too_large},
                             {"frees_twice", frees_twice},
                             {"frees_its_output", frees_its_output},
                             {"overruns_its_heap", overruns_its_heap},
                             {"recurses_without_end", recurses_without_end},
                             {"unmaps_its_buffers", unmaps_its_buffers},
                             {"throws_without_an_exception", throws_without_an_exception},
                             {"breaks_a_promise", breaks_a_promise},
                             {"recovers_from_its_fault", recovers_from_its_fault}};
  const auto add = [&](const char* name) -> convict_kernel& {
    return kinds.emplace_back(Kind{name, answer_rightly}).more;
  };
  add("reasons_with_a_wild_pointer").refuses = reasons_with_a_wild_pointer;
  add("faults_when_asked_for_workspace").workspace_bytes = faults_when_asked_for_workspace;
  add("plans_nothing").plan_create = plans_nothing;
  add("faults_when_it_plans").plan_create = faults_when_it_plans;
  convict_kernel& destroyer = add("faults_when_it_destroys");
  destroyer.plan_create = plans_an_int;
  destroyer.plan_destroy = faults_when_it_destroys;
  return kinds;
}

}  // namespace zoo
