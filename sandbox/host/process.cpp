// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/system/descendants.hpp"
#include "sandbox/system/descriptor.hpp"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {
namespace {

/// Sanitizers must not turn signals into exits, and need not look for leaks in a child that is
/// killed.
constexpr std::string_view sanitizer_options =
    "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:"
    "use_sigaltstack=0:detect_leaks=0";

/// Several workers run at the same time: idle OpenMP threads must sleep instead of spinning.
constexpr std::string_view waiting = "OMP_WAIT_POLICY=";

std::vector<std::string> child_environment() {
  constexpr std::string_view key = "ASAN_OPTIONS=";
  std::string options(key);
  bool has_wait_policy = false;
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    has_wait_policy = has_wait_policy || text.starts_with(waiting);
    if (text.starts_with(key))
      options = std::string(text) + ":";
    else
      variables.emplace_back(text);
  }
  variables.push_back(options + std::string(sanitizer_options));
  if (!has_wait_policy) variables.push_back(std::string(waiting) + "passive");
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A duplicate of `number` above all descriptor numbers that the child uses.
Descriptor out_of_the_way(int number) {
  Descriptor copy(::fcntl(number, F_DUPFD_CLOEXEC, worker_arena + 1));
  if (copy.get() < 0)
    throw EnvironmentError(fmt::format("cannot duplicate a descriptor: {}", std::strerror(errno)));
  return copy;
}

/// Opens the child's descriptors 0 to worker_arena and closes all others.
class FileActions {
 public:
  explicit FileActions(const Inherited& inherited)
      : errors_(out_of_the_way(inherited.errors)),
        socket_(out_of_the_way(inherited.socket)),
        arena_(out_of_the_way(inherited.arena)) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, errors_.get(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, socket_.get(), worker_socket);
    ::posix_spawn_file_actions_adddup2(&actions_, arena_.get(), worker_arena);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, worker_arena + 1);
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  Descriptor errors_;
  Descriptor socket_;
  Descriptor arena_;
  posix_spawn_file_actions_t actions_{};
};

/// A new session, every signal at its default action and none blocked.
class Attributes {
 public:
  Attributes() {
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// The children that are Processes. A child that starts is one before its session says that it is
/// none of this program's own, since `lock` is held from before its start.
struct Registry {
  std::mutex lock;
  std::set<pid_t> processes;
};
Registry& registry() {
  static Registry all;
  return all;
}

}  // namespace

Process::Process(const std::string& hosted, const Inherited& inherited) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::vector<std::string> arguments = {"convict-worker", std::string(worker_argument), hosted,
                                        fmt::format("{}", ::getpid())};
  std::vector<std::string> environment = child_environment();
  const std::scoped_lock guard(registry().lock);
  const int error =
      ::posix_spawn(&id_, "/proc/self/exe", FileActions(inherited).get(), Attributes().get(),
                    pointers_to(arguments).data(), pointers_to(environment).data());
  if (error != 0)
    throw EnvironmentError(fmt::format("cannot start a worker process: {}", std::strerror(error)));
  registry().processes.insert(id_);
}

Process::~Process() {
  kill();
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
  {
    const std::scoped_lock guard(registry().lock);
    registry().processes.erase(id_);
  }
  end_orphans();
}

Process::State Process::state() const {
  siginfo_t info{};
  const int result =
      ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT);
  if (result == 0 && info.si_pid == 0) return State::runs;
  return result == 0 && info.si_code == CLD_STOPPED ? State::stopped : State::ended;
}

void Process::go_on() const { ::kill(id_, SIGCONT); }

void Process::kill() const { ::kill(id_, SIGKILL); }

int end_orphans() {
  constexpr double takes_at_most_s = 2;
  const pid_t session = session_of(0);
  const std::scoped_lock guard(registry().lock);
  return end_children(
      [&](pid_t child) {
        const pid_t other = session_of(child);
        return other != 0 && other != session && !registry().processes.contains(child);
      },
      takes_at_most_s);
}

}  // namespace convict::sandbox
