#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/errors.hpp"
#include "sandbox/child/fault_notes.hpp"
#include "sandbox/child/hosted_code.hpp"
#include "sandbox/in_process/exception_words.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/system/descendants.hpp"
#include "sandbox/wire/fork_protocol.hpp"
#include "sandbox/wire/protocol.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {
namespace {

/// Where memory runs out, the kernel under test is what has to go.
void volunteer_for_the_out_of_memory_killer() {
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

/// False when the parent is gone already.
bool die_with_parent(pid_t expected) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == expected;
}

/// What this process is to host, and where it comes from.
struct Hosting {
  std::string what;  ///< as protocol.hpp has it
  BuiltIns built_ins;
};

class Service {
 public:
  explicit Service(const Hosting& hosting) : hosting_(hosting), window_(worker_arena) {
    note_faults_in(window_.fault());
  }

  /// Serves until the parent goes away; the exit status.
  int serve() {
    Request request{};
    for (;;) {
      const auto length = ::recv(worker_socket, &request, sizeof(request), 0);
      if (length < 0 && errno == EINTR) continue;
      if (length == 0) return 0;
      if (length != static_cast<ssize_t>(sizeof(request))) return lost_connection_status;
      const Reply reply = answer(request);
      // A copy of this process that the code under test forked and let return must not answer too.
      if (::getpid() != id_) return 0;
      const auto sent = ::send(worker_socket, &reply, sizeof(reply), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(sizeof(reply))) return lost_connection_status;
    }
  }

 private:
  Reply answer(const Request& request) {
    Reply reply{};
    reply.serial = request.serial;
    try {
      carry_out(request, reply);
    } catch (const FileError& error) {
      reply.kind = Reply::Kind::unusable;
      put_text(reply.text, error.what());
    } catch (...) {
      reply.kind = Reply::Kind::crashed;
      put_text(reply.text, "threw " + words_of_current_exception());
    }
    return reply;
  }

  void carry_out(const Request& request, Reply& reply) {
    switch (request.ask) {
      case Ask::load: load(reply); break;
      case Ask::end:
        announce(window_, Call::ending);
        if (code_) code_->end();
        break;
      default: code_->answer(request, reply); break;
    }
  }

  void load(Reply& reply) {
    const std::string_view what = hosting_.what;
    if (!what.starts_with(kernel_prefix)) {
      code_ = hosted_plugin(hosting_.what, window_);
      return;
    }
    try {
      const std::string name(what.substr(kernel_prefix.size()));
      code_ = hosted_kernel(name, hosting_.built_ins, window_);
    } catch (const EnvironmentError& error) {
      reply.kind = Reply::Kind::environment;
      put_text(reply.text, error.what());
    }
  }

  const Hosting& hosting_;
  ArenaWindow window_;
  std::unique_ptr<HostedCode> code_;
  pid_t id_ = ::getpid();
};

/// The worker's life, from the fork on. The server's own connection gives way to `socket`.
int work(const Hosting& hosting, Descriptor socket, pid_t server) {
  ::setpgid(0, 0);
  if (!die_with_parent(server) || ::dup3(socket.get(), worker_socket, O_CLOEXEC) < 0) return 2;
  socket = Descriptor();
  // Nothing of what it hosts may run once the parent is gone, destructors included.
  return (new Service(hosting))->serve();
}

/// Waits without reaping: as long as there is a zombie, nobody else gets its process group.
int status_at_end(pid_t worker) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(worker), &info, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR) return 0;
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
}

// Of the process, as signal handlers are.
volatile pid_t living_worker = 0;
volatile sig_atomic_t host_is_gone = 0;

/// The host, or the thread of it that started this server, has ended. Not the end at once: a worker
/// may have left processes that only this one can find.
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

/// No signal comes between the fork and the note of its result.
pid_t fork_noted() {
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

/// Until the worker is dead, and all that it started.
int status_of_all(pid_t worker) {
  constexpr double ending_takes_at_most_s = 10;
  const int status = status_at_end(worker);
  end_children_except(worker, ending_takes_at_most_s);
  living_worker = 0;
  return status;
}

/// Forks a worker whenever the host sends a socket for one; the exit status, a worker's too.
int serve_forks(const Hosting& hosting) {
  const pid_t server = ::getpid();
  for (pid_t worker = -1; host_is_gone == 0;) {
    Descriptor socket = receive_descriptor(worker_socket);
    if (socket.get() < 0) return 0;
    if (worker > 0) ::waitpid(worker, nullptr, 0);
    worker = fork_noted();
    if (worker == 0) return work(hosting, std::move(socket), server);
    const ForkNotice birth{.worker = worker, .status = worker < 0 ? -errno : 0};
    if (worker > 0) ::setpgid(worker, worker);
    socket = Descriptor();
    send_notice(worker_socket, birth);
    if (worker < 0) continue;
    const int status = status_of_all(worker);
    // A host that only lost the thread that asked is to see that this server ends, too.
    if (host_is_gone == 0) send_notice(worker_socket, {.worker = worker, .status = status});
  }
  return 0;
}

/// False when the host is gone already.
bool end_with_host(pid_t expected) {
  set_on_sigterm(on_end_of_host);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  return ::getppid() == expected;
}

}  // namespace

int worker_main(int argc, char** argv, const BuiltIns& built_ins) {
  if (argc != 4 || argv[1] != worker_argument || !end_with_host(std::atoi(argv[3]))) return 2;
  ::prctl(PR_SET_NAME, "convict-worker");  // else process lists show "exe"
  forbid_core_files();
  volunteer_for_the_out_of_memory_killer();
  // Programs that a plug-in starts are not to hold our descriptors.
  ::fcntl(worker_arena, F_SETFD, FD_CLOEXEC);
  const int status = serve_forks({argv[2], built_ins});
  // Nothing of the code under test may run once the parent is gone.
  ::_exit(status);
}

}  // namespace convict::sandbox
