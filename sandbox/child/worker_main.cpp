// SPDX-License-Identifier: Apache-2.0
// The child's side of the fork server: this process forks a worker whenever the host asks for one.
// The host's side is host/fork_server_handle.hpp; what a worker does is in service_loop.cpp.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "sandbox/child/service_loop.hpp"
#include "sandbox/child/signal_guard.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/system/descendants.hpp"
#include "sandbox/wire/fork_protocol.hpp"
#include "sandbox/wire/protocol.hpp"

#ifdef __SANITIZE_ADDRESS__
/// What AddressSanitizer keeps of freed memory would look like a leak of the kernel.
extern "C" const char* __asan_default_options();  // NOLINT(*-reserved-identifier): its name
extern "C" const char* __asan_default_options() {
  return "quarantine_size_mb=4:thread_local_quarantine_size_kb=64";
}
#endif

namespace convict::sandbox {
namespace {

/// When memory runs out, the system is to kill the kernel under test first.
void prefer_this_for_the_out_of_memory_killer() {
  const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  constexpr std::string_view first = "1000";
  if (file.get() >= 0 && ::write(file.get(), first.data(), first.size()) < 0) errno = 0;
}

/// No core files. The limit 1, unlike 0, also keeps the system from piping the core to a program
/// (core(5)), which would cost seconds per crash.
void forbid_core_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = std::min<rlim_t>(1, limit.rlim_max);
  ::setrlimit(RLIMIT_CORE, &limit);
}

/// Has this process killed when its parent ends. False when the parent has ended already.
bool die_with_parent(pid_t expected) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == expected;
}

/// Runs the worker after the fork: `socket`, its connection to the host, replaces that of the fork
/// server. The worker leads a session, and so a process group that it cannot leave. Returns its
/// exit status.
int run_worker(const Hosting& hosting, Descriptor socket, pid_t server, pid_t host) {
  ::setsid();
  if (!die_with_parent(server) || ::dup3(socket.get(), worker_socket, O_CLOEXEC) < 0) return 2;
  socket = Descriptor();
  forbid_signals_to(std::array{server, host});
  return serve_requests(hosting);
}

/// Waits for the worker's end and returns its wait status. The worker is not reaped: while it is a
/// zombie its process group id cannot be reused.
int status_at_end(pid_t worker) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(worker), &info, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR) return 0;
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
}

// Global because signal handlers are per process.
volatile pid_t living_worker = 0;
volatile sig_atomic_t host_is_gone = 0;

/// Handles SIGTERM, which the system sends when the host, or the thread that started this fork
/// server, has ended. While a worker runs this only kills the worker; the processes that it left
/// behind are killed by status_of_all before the fork server exits.
void on_end_of_host(int) {
  host_is_gone = 1;
  if (living_worker == 0) ::_exit(0);
  ::kill(living_worker, SIGKILL);
}

void set_on_sigterm(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(SIGTERM, &action, nullptr);
}

/// Forks and sets living_worker, with SIGTERM blocked in between. 0 in the worker, -1 on failure.
pid_t fork_worker() {
  sigset_t term;
  sigset_t before;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, &before);
  const pid_t worker = ::fork();
  if (worker == 0) set_on_sigterm(SIG_DFL);
  living_worker = std::max(worker, 0);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return worker;
}

/// Waits for the worker's end, kills all processes that it left behind, and returns its wait
/// status.
int status_of_all(pid_t worker) {
  constexpr double ending_takes_at_most_s = 1;
  const int status = status_at_end(worker);
  end_children([&](pid_t child) { return child != worker; }, ending_takes_at_most_s);
  living_worker = 0;
  return status;
}

/// The loop of the fork server: forks a worker whenever the host sends a socket for one. Returns
/// the exit status, in the fork server as in each forked worker.
int fork_workers(const Hosting& hosting, pid_t host) {
  const pid_t server = ::getpid();
  for (pid_t worker = -1; host_is_gone == 0;) {
    Descriptor socket = receive_descriptor(worker_socket);
    if (socket.get() < 0) return 0;
    if (worker > 0) ::waitpid(worker, nullptr, 0);
    worker = fork_worker();
    if (worker == 0) return run_worker(hosting, std::move(socket), server, host);
    const ForkNotice forked{.worker = worker, .status = worker < 0 ? -errno : 0};
    socket = Descriptor();
    send_notice(worker_socket, forked);
    if (worker < 0) continue;
    const int status = status_of_all(worker);
    // Without this notice, a host that only lost the starting thread sees that this server has
    // ended.
    if (host_is_gone == 0) send_notice(worker_socket, {.worker = worker, .status = status});
  }
  return 0;
}

/// Has this process ended when the host ends (on_end_of_host), and makes it the parent of processes
/// that workers orphan. False when the host has ended already.
bool end_with_host(pid_t expected) {
  set_on_sigterm(on_end_of_host);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  return ::getppid() == expected;
}

}  // namespace

int worker_main(int argc, char** argv, const BuiltIns& built_ins) {
  const pid_t host = argc == 4 ? std::atoi(argv[3]) : 0;
  if (argc != 4 || argv[1] != worker_argument || !end_with_host(host)) return 2;
  ::prctl(PR_SET_NAME, "convict-worker");  // else process lists show "exe"
  forbid_core_files();
  prefer_this_for_the_out_of_memory_killer();
  // Programs that a plug-in starts must not inherit this descriptor.
  ::fcntl(worker_arena, F_SETFD, FD_CLOEXEC);
  const int status = fork_workers({argv[2], built_ins}, host);
  // No code under test may run once the parent is gone, at-exit handlers included.
  ::_exit(status);
}

}  // namespace convict::sandbox
