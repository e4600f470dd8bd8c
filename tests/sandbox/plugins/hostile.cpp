// SPDX-License-Identifier: Apache-2.0
// Kernels that misbehave, each in one way, which its name says. The test selects them by name.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/plugin.h"

namespace {

using Problem = convict_problem;
using Buffers = convict_buffers;

void mark(const Buffers* b) { *static_cast<float*>(b->output) = 42; }

void sleep_for_ever() {
  for (;;) ::pause();
}
void loop_for_ever() {
  volatile bool ended = false;
  while (!ended) {
  }
}
void fault() {
  const volatile std::uintptr_t nowhere = 8;
  *reinterpret_cast<volatile int*>(nowhere) = 1;
}
void close_everything() {
  for (int number = 0; number < 1024; ++number) ::close(number);
}

int behaves(const Problem*, const Buffers* b) { return mark(b), 0; }
int returns_3(const Problem*, const Buffers*) { return 3; }
int segfaults(const Problem*, const Buffers* b) { return mark(b), fault(), 0; }
int aborts(const Problem*, const Buffers*) { std::abort(); }
int kills_itself(const Problem*, const Buffers*) { return ::raise(SIGKILL); }
int kills_its_parent(const Problem*, const Buffers*) {
  return ::kill(::getppid(), SIGKILL), sleep_for_ever(), 0;
}
int stops_itself(const Problem*, const Buffers*) { return ::raise(SIGSTOP); }

/// The state of a process and its parent (proc(5)).
struct Status {
  char state = 0;
  pid_t parent = 0;
};
Status status_of(pid_t process) {
  Status status;
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  std::FILE* const file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return status;
  if (std::fscanf(file, "%*d (%*[^)]) %c %d", &status.state, &status.parent) != 2) status = {};
  std::fclose(file);
  return status;
}
pid_t grandparent() { return status_of(::getppid()).parent; }

/// Sends a signal in a way that the guard of workers does not see, and waits for its effect.
void signal_unseen(pid_t process, int signal) {
  const int file = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  ::syscall(SYS_pidfd_send_signal, file, signal, nullptr, 0);
  ::close(file);
  for (int i = 0; i < 1000; ++i) {
    const char state = status_of(process).state;
    if (state == 'T' || state == 'Z' || state == 0) return;
    ::usleep(1000);
  }
}

int stops_its_parent(const Problem*, const Buffers*) { return ::kill(::getppid(), SIGSTOP); }
int stops_the_program(const Problem*, const Buffers*) { return ::kill(grandparent(), SIGSTOP); }
int kills_the_program(const Problem*, const Buffers*) { return ::kill(grandparent(), SIGKILL); }
// Processes ignore SIGURG, unless they ask for it.
int signals_every_process(const Problem*, const Buffers*) { return ::kill(-1, SIGURG); }
int queues_a_signal_for_its_parent(const Problem*, const Buffers*) {
  return ::sigqueue(::getppid(), SIGURG, sigval{});
}
int asks_whether_its_parent_lives(const Problem*, const Buffers* b) {
  return mark(b), ::kill(::getppid(), 0);
}
int joins_its_parents_group(const Problem*, const Buffers* b) {
  return mark(b), ::setpgid(0, ::getpgid(::getppid())) == 0 ? 1 : 0;
}
int stops_its_parent_unseen(const Problem*, const Buffers*) {
  return signal_unseen(::getppid(), SIGSTOP), 0;
}
int stops_its_parent_unseen_and_exits(const Problem*, const Buffers*) {
  signal_unseen(::getppid(), SIGSTOP);
  ::_exit(5);
}
int loops(const Problem*, const Buffers*) { return loop_for_ever(), 0; }
int exits_0(const Problem*, const Buffers*) { std::exit(0); }
int exits_5_quietly(const Problem*, const Buffers*) { ::_exit(5); }
int throws(const Problem*, const Buffers*) { throw std::runtime_error("no plan for this"); }
int throws_an_int(const Problem*, const Buffers*) { throw 7; }
int runs_out_of_memory(const Problem*, const Buffers*) { throw std::bad_alloc(); }

int writes_to_null(const Problem*, const Buffers*) {
  *static_cast<volatile int*>(nullptr) = 1;
  return 0;
}
int raises_a_fault(const Problem*, const Buffers*) { return ::raise(SIGSEGV), sleep_for_ever(), 0; }

int recurse(volatile char* outer) {
  volatile char frame[4096];
  frame[0] = *outer;
  return frame[0] == 1 ? 0 : recurse(frame) + frame[0];
}
int overflows_its_stack(const Problem*, const Buffers*) {
  volatile char outermost = 0;
  return recurse(&outermost);
}

int jumps_nowhere(const Problem*, const Buffers*) {
  static jmp_buf never_set;
  longjmp(never_set, 1);
}
int ignores_signals_and_faults(const Problem*, const Buffers*) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_IGN);
  return fault(), 0;
}
int returns_from_its_own_handler(const Problem*, const Buffers*) {
  ::signal(SIGSEGV, [](int) {});
  return fault(), 0;
}
int exits_from_its_own_handler(const Problem*, const Buffers*) {
  ::signal(SIGSEGV, [](int) { ::_exit(0); });
  return fault(), 0;
}
int lowers_its_limits(const Problem*, const Buffers* b) {
  const rlimit nothing{0, 0};
  for (const auto resource : {RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_FSIZE, RLIMIT_STACK})
    ::setrlimit(resource, &nothing);
  return mark(b), 0;
}
int allocates_without_end(const Problem*, const Buffers*) {
  constexpr std::size_t portion = 1 << 20;
  for (;;) {
    void* const memory = std::malloc(portion);
    if (memory == nullptr) return 4;
    std::memset(memory, 1, portion);
    volatile char* const kept = static_cast<char*>(memory);
    kept[0] = 2;
  }
}
int unlinks_its_file(const Problem*, const Buffers* b) {
  Dl_info self{};
  if (::dladdr(reinterpret_cast<void*>(mark), &self) == 0) return 5;
  // A worker that starts after the deletion loads /proc/PID/fd/N, which cannot be deleted.
  if (::unlink(self.dli_fname) != 0 && errno != ENOENT && errno != EPERM && errno != EACCES)
    return 6;
  return mark(b), 0;
}

// Overwrites all writable mappings of the file that the worker shares with the host, not only the
// arena.
void scribble(int value) {
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char rights[5];
    const bool parsed = std::sscanf(line, "%lx-%lx %4s", &begin, &end, rights) == 3;
    if (parsed && rights[1] == 'w' && std::strstr(line, "convict-arena") != nullptr)
      std::memset(reinterpret_cast<void*>(begin), value, end - begin);
  }
  std::fclose(maps);
}
int scribbles_and_returns(const Problem*, const Buffers*) { return scribble(0xA5), 0; }
int scribbles_and_aborts(const Problem*, const Buffers*) { scribble(1), std::abort(); }
int scribbles_and_faults(const Problem*, const Buffers*) { return scribble(0xA5), fault(), 0; }
int loops_with_signals_blocked(const Problem*, const Buffers*) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  return loop_for_ever(), 0;
}

// Writes the sleeper's process id to the output.
void fork_a_sleeper(const Buffers* b) {
  const pid_t sleeper = ::fork();
  if (sleeper == 0) sleep_for_ever();
  std::memcpy(b->output, &sleeper, sizeof(sleeper));
}
int forks_a_sleeper(const Problem*, const Buffers* b) { return fork_a_sleeper(b), 0; }
int forks_a_sleeper_and_exits(const Problem*, const Buffers* b) {
  fork_a_sleeper(b);
  ::_exit(5);
}
int forks_and_both_return(const Problem*, const Buffers*) { return ::fork() < 0 ? 1 : 0; }

// Starts an orphaned process in its own session and writes its process id to the output.
void start_a_daemon(const Buffers* b) {
  const pid_t between = ::fork();
  if (between == 0) {
    ::setsid();
    const pid_t daemon = ::fork();
    if (daemon == 0) sleep_for_ever();
    std::memcpy(b->output, &daemon, sizeof(daemon));
    ::_exit(0);
  }
  ::waitpid(between, nullptr, 0);
}
int starts_a_daemon(const Problem*, const Buffers* b) { return start_a_daemon(b), 0; }
int starts_a_daemon_and_faults(const Problem*, const Buffers* b) {
  return start_a_daemon(b), fault(), 0;
}
int starts_a_daemon_and_kills_its_parent_unseen(const Problem*, const Buffers* b) {
  start_a_daemon(b);
  ::prctl(PR_SET_PDEATHSIG, 0);
  return signal_unseen(::getppid(), SIGKILL), 0;
}
/// A process that is never the same for long: each lives for as long as it takes to fork.
int starts_a_chain_of_processes(const Problem*, const Buffers* b) {
  const pid_t first = ::fork();
  for (pid_t next = first; next == 0;) {
    next = ::fork();
    if (next != 0) ::_exit(0);
  }
  return ::waitpid(first, nullptr, 0), mark(b), 0;
}
int starts_a_daemon_and_loops(const Problem*, const Buffers* b) {
  return start_a_daemon(b), loop_for_ever(), 0;
}

int allocates_without_end(const Problem*, const Buffers*);
int has_a_child_allocate_without_end(const Problem* problem, const Buffers* b) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    ::_exit(allocates_without_end(problem, b));
  }
  return ::waitpid(child, nullptr, 0) == child ? 0 : 1;
}
// 200 MiB, shared with the children by copy on write.
int shares_its_memory_with_children(const Problem*, const Buffers* b) {
  constexpr std::size_t bytes = std::size_t{200} << 20;
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) return 4;
  std::memset(memory, 1, bytes);
  for (int child = 0; child < 3; ++child)
    if (::fork() == 0) sleep_for_ever();
  ::usleep(100'000);
  std::free(memory);
  return mark(b), 0;
}

int closes_all_descriptors(const Problem*, const Buffers*) { return close_everything(), 0; }
int closes_all_descriptors_and_sleeps(const Problem*, const Buffers*) {
  return close_everything(), sleep_for_ever(), 0;
}

int leaves_threads_running(const Problem*, const Buffers* b) {
  for (int i = 0; i < 4; ++i) std::thread(sleep_for_ever).detach();
  return mark(b), 0;
}
int leaves_a_thread_that_crashes(const Problem*, const Buffers*) {
  std::thread([] {
    ::usleep(30'000);
    fault();
  }).detach();
  return 0;
}
int ends_its_thread(const Problem*, const Buffers*) { ::pthread_exit(nullptr); }

int prints_megabytes(const Problem*, const Buffers* b) {
  const std::string line(1023, 'x');
  for (int i = 0; i < 4096; ++i) {
    std::puts(line.c_str());
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  return mark(b), 0;
}
int explains_and_aborts(const Problem*, const Buffers*) {
  std::fprintf(stderr, "line one\nplan cache is\tcorrupt\n");
  std::abort();
}

int reads_standard_input(const Problem*, const Buffers* b) {
  if (std::getchar() == EOF) mark(b);
  return 0;
}
int truncates_the_arena(const Problem*, const Buffers*) {
  for (int number = 3; number < 64; ++number)
    if (::ftruncate(number, 0) == 0) return 1;
  return 0;
}
int overruns_the_arena(const Problem*, const Buffers* b) {
  for (auto* y = static_cast<volatile float*>(b->output);; ++y) *y = 42;
}
int writes_into_the_connection(const Problem*, const Buffers*) {
  for (int number = 3; number < 64; ++number)
    if (::send(number, "hello", 5, MSG_NOSIGNAL) == 5) break;
  return sleep_for_ever(), 0;
}
// Returns 0 if core size, process group and SIGPIPE are set as expected; writes the number of open
// descriptors to the output.
int inspects_its_process(const Problem*, const Buffers* b) {
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  if (core.rlim_cur > 1) return 1;
  if (::getpgrp() != ::getpid()) return 2;
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  if (pipe.sa_handler != SIG_DFL) return 3;
  int open_descriptors = 0;
  for (int number = 0; number < 1024; ++number)
    if (::fcntl(number, F_GETFD) >= 0) ++open_descriptors;
  *static_cast<float*>(b->output) = static_cast<float>(open_descriptors);
  return 0;
}

// Writes its own process id to the output.
int loops_by_name(const Problem*, const Buffers* b) {
  const pid_t id = ::getpid();
  std::memcpy(b->output, &id, sizeof(id));
  return loop_for_ever(), 0;
}

const char* refuses_with_a_reason(const Problem*) { return "not on\nM\xC3\xB6ndays"; }
const char* refuses_by_segfault(const Problem*) { return fault(), nullptr; }
const char* refuses_by_looping(const Problem*) { return loop_for_ever(), nullptr; }
const char* refuses_by_throwing(const Problem*) { throw std::invalid_argument("rank"); }

std::size_t needs_a_page(const Problem*) { return 4096; }
std::size_t needs_everything(const Problem*) { return static_cast<std::size_t>(-1); }
std::size_t exits_when_asked(const Problem*) { std::exit(0); }
int fills_its_workspace(const Problem*, const Buffers* b) {
  if (b->workspace == nullptr || b->workspace_bytes != 4096) return 1;
  std::memset(b->workspace, 7, b->workspace_bytes);
  return mark(b), 0;
}

constexpr convict_kernel kernel(const char* name, int (*run)(const Problem*, const Buffers*),
                                const char* (*refuses)(const Problem*) = nullptr,
                                std::size_t (*workspace_bytes)(const Problem*) = nullptr) {
  convict_kernel made{};
  made.size = sizeof(made);
  made.name = name;
  made.passes = CONVICT_FORWARD;
  made.precisions = CONVICT_F32;
  made.refuses = refuses;
  made.workspace_bytes = workspace_bytes;
  made.run = run;
  return made;
}

const convict_kernel kernels[] = {
    kernel("behaves", behaves),
    kernel("returns_3", returns_3),
    kernel("segfaults", segfaults),
    kernel("aborts", aborts),
    kernel("kills_itself", kills_itself),
    kernel("kills_its_parent", kills_its_parent),
    kernel("stops_itself", stops_itself),
    kernel("stops_its_parent", stops_its_parent),
    kernel("stops_the_program", stops_the_program),
    kernel("kills_the_program", kills_the_program),
    kernel("signals_every_process", signals_every_process),
    kernel("queues_a_signal_for_its_parent", queues_a_signal_for_its_parent),
    kernel("asks_whether_its_parent_lives", asks_whether_its_parent_lives),
    kernel("joins_its_parents_group", joins_its_parents_group),
    kernel("stops_its_parent_unseen", stops_its_parent_unseen),
    kernel("stops_its_parent_unseen_and_exits", stops_its_parent_unseen_and_exits),
    kernel("starts_a_daemon_and_kills_its_parent_unseen",
           starts_a_daemon_and_kills_its_parent_unseen),
    kernel("starts_a_chain_of_processes", starts_a_chain_of_processes),
    kernel("loops", loops),
    kernel("writes_to_null", writes_to_null),
    kernel("raises_a_fault", raises_a_fault),
    kernel("overflows_its_stack", overflows_its_stack),
    kernel("jumps_nowhere", jumps_nowhere),
    kernel("ignores_signals_and_faults", ignores_signals_and_faults),
    kernel("returns_from_its_own_handler", returns_from_its_own_handler),
    kernel("exits_from_its_own_handler", exits_from_its_own_handler),
    kernel("lowers_its_limits", lowers_its_limits),
    kernel("allocates_without_end", allocates_without_end),
    kernel("unlinks_its_file", unlinks_its_file),
    kernel("scribbles_and_returns", scribbles_and_returns),
    kernel("scribbles_and_aborts", scribbles_and_aborts),
    kernel("scribbles_and_faults", scribbles_and_faults),
    kernel("loops_with_signals_blocked", loops_with_signals_blocked),
    kernel("exits_0", exits_0),
    kernel("exits_5_quietly", exits_5_quietly),
    kernel("throws", throws),
    kernel("throws_an_int", throws_an_int),
    kernel("runs_out_of_memory", runs_out_of_memory),
    kernel("forks_a_sleeper", forks_a_sleeper),
    kernel("forks_a_sleeper_and_exits", forks_a_sleeper_and_exits),
    kernel("forks_and_both_return", forks_and_both_return),
    kernel("starts_a_daemon", starts_a_daemon),
    kernel("starts_a_daemon_and_faults", starts_a_daemon_and_faults),
    kernel("starts_a_daemon_and_loops", starts_a_daemon_and_loops),
    kernel("has_a_child_allocate_without_end", has_a_child_allocate_without_end),
    kernel("shares_its_memory_with_children", shares_its_memory_with_children),
    kernel("closes_all_descriptors", closes_all_descriptors),
    kernel("closes_all_descriptors_and_sleeps", closes_all_descriptors_and_sleeps),
    kernel("leaves_threads_running", leaves_threads_running),
    kernel("leaves_a_thread_that_crashes", leaves_a_thread_that_crashes),
    kernel("ends_its_thread", ends_its_thread),
    kernel("prints_megabytes", prints_megabytes),
    kernel("explains_and_aborts", explains_and_aborts),
    kernel("reads_standard_input", reads_standard_input),
    kernel("truncates_the_arena", truncates_the_arena),
    kernel("overruns_the_arena", overruns_the_arena),
    kernel("writes_into_the_connection", writes_into_the_connection),
    kernel("inspects_its_process", inspects_its_process),
    kernel("loops_by_name", loops_by_name),
    kernel("refuses_with_a_reason", behaves, refuses_with_a_reason),
    kernel("refuses_by_segfault", behaves, refuses_by_segfault),
    kernel("refuses_by_looping", behaves, refuses_by_looping),
    kernel("refuses_by_throwing", behaves, refuses_by_throwing),
    kernel("fills_its_workspace", fills_its_workspace, nullptr, needs_a_page),
    kernel("needs_everything", behaves, nullptr, needs_everything),
    kernel("exits_when_asked_for_workspace", behaves, nullptr, exits_when_asked),
};
constexpr int kernel_count = sizeof(kernels) / sizeof(kernels[0]);

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict_kernel* pointers[kernel_count];
  for (int i = 0; i < kernel_count; ++i) pointers[i] = &kernels[i];
  static const convict_plugin plugin = {sizeof(convict_plugin), CONVICT_PLUGIN_ABI, kernel_count,
                                        pointers};
  return &plugin;
}
