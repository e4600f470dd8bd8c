#include "oracle/custody/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "oracle/custody/custody.hpp"
#include "oracle/custody/protocol.hpp"

namespace convict::oracle {
namespace {

constexpr auto dying_takes_at_most = std::chrono::seconds(30);

/// Sanitizers must neither turn signals into exits nor look for leaks in a child that is killed.
constexpr std::string_view sanitizer_options =
    "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:"
    "use_sigaltstack=0:detect_leaks=0";

std::vector<std::string> child_environment() {
  constexpr std::string_view key = "ASAN_OPTIONS=";
  std::string options(key);
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with(key))
      options = std::string(text) + ":";
    else
      variables.emplace_back(text);
  }
  variables.push_back(options + std::string(sanitizer_options));
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A copy of `number` that no descriptor of the child can collide with.
Descriptor out_of_the_way(int number) {
  Descriptor copy(::fcntl(number, F_DUPFD_CLOEXEC, worker_arena + 1));
  if (copy.get() < 0)
    throw EnvironmentError(fmt::format("cannot duplicate a descriptor: {}", std::strerror(errno)));
  return copy;
}

/// What the child has open: nothing of ours but what it is meant to inherit.
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

/// A group of its own, every signal at its default and none blocked.
class Attributes {
 public:
  Attributes() {
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::string words_of(std::optional<int> status) {
  if (!status) return "ended unobserved";
  if (WIFSIGNALED(*status)) {
    const int number = WTERMSIG(*status);
    const char* const name = ::sigdescr_np(number);
    return fmt::format("signal {} ({})", number, name != nullptr ? name : "real-time");
  }
  const int code = WEXITSTATUS(*status);
  if (code == lost_connection_status) return "closed descriptors that are not its own";
  return fmt::format("exited with status {}", code);
}

}  // namespace

Process::Process(const std::string& plugin, const Inherited& inherited) {
  std::vector<std::string> arguments = {"convict-worker", std::string(worker_argument), plugin,
                                        fmt::format("{}", ::getpid())};
  std::vector<std::string> environment = child_environment();
  const int error =
      ::posix_spawn(&id_, "/proc/self/exe", FileActions(inherited).get(), Attributes().get(),
                    pointers_to(arguments).data(), pointers_to(environment).data());
  if (error != 0)
    throw EnvironmentError(fmt::format("cannot start a worker process: {}", std::strerror(error)));
}

Process::~Process() {
  try {
    finish();
  } catch (const EnvironmentError&) {
    // It was sent SIGKILL; nothing more can be done about it here.
  }
}

bool Process::ended() const {
  siginfo_t info{};
  const int result = ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT);
  return result != 0 || info.si_pid == id_;
}

// statm (proc(5)) is "size resident shared ..." in pages.
std::size_t Process::resident_bytes() {
  if (memory_.get() < 0)
    memory_ = Descriptor(::open(fmt::format("/proc/{}/statm", id_).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  if (::pread(memory_.get(), text.data(), text.size() - 1, 0) <= 0) return 0;
  const char* const resident = std::strchr(text.data(), ' ');
  if (resident == nullptr) return 0;
  static const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return std::strtoull(resident, nullptr, 10) * page_bytes;
}

std::optional<int> Process::reap() {
  const auto deadline = std::chrono::steady_clock::now() + dying_takes_at_most;
  while (std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    const pid_t result = ::waitpid(id_, &status, WNOHANG);
    if (result == id_) return status;
    if (result < 0 && errno != EINTR) return std::nullopt;
    ::poll(nullptr, 0, 1);
  }
  throw EnvironmentError(fmt::format("worker process {} does not die of SIGKILL", id_));
}

std::string Process::finish() {
  if (id_ < 0) return "ended before";
  ::kill(-id_, SIGKILL);
  const std::optional<int> status = reap();
  id_ = -1;
  signal_ = status && WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
  return words_of(status);
}

}  // namespace convict::oracle
