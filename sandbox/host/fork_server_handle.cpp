// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/fork_server_handle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/errors.hpp"
#include "sandbox/system/descendants.hpp"
#include "sandbox/wire/fork_protocol.hpp"
#include "sandbox/wire/protocol.hpp"

namespace convict::sandbox {
namespace {

/// A fork server starts within milliseconds and forks faster still; longer than this is an error.
constexpr int starting_takes_at_most_ms = 60'000;
/// After a SIGKILL, a worker has ended within milliseconds. A fork server that has not said so
/// after this long is killed, too; what is left after the longer time cannot be ended.
constexpr auto server_is_given = std::chrono::seconds(2);
constexpr auto ending_takes_at_most = std::chrono::seconds(5);

[[noreturn]] void fail(const char* what) {
  throw EnvironmentError(
      fmt::format("cannot {} for a worker process: {}", what, std::strerror(errno)));
}

/// True when there is a message or the other end has hung up, false after `time_ms` without either.
bool wait_for_message(int socket, int time_ms) {
  pollfd watched{.fd = socket, .events = POLLIN, .revents = 0};
  int ready = 0;
  do ready = ::poll(&watched, 1, time_ms);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

constexpr const char* killed_the_server = "killed the process that started it";

std::string words_of(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    // child/signal_guard.hpp
    if (number == SIGSYS) return "sent a signal to a process that is not its own (signal 31)";
    const char* const name = ::sigdescr_np(number);
    return fmt::format("signal {} ({})", number, name != nullptr ? name : "real-time");
  }
  const int code = WEXITSTATUS(status);
  if (code == lost_connection_status) return "closed descriptors that are not its own";
  return fmt::format("exited with status {}", code);
}

}  // namespace

ForkServerHandle::Links ForkServerHandle::make_links() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    fail("open a socket");
  Links links{.control = Descriptor(ends[0]),
              .child_control = Descriptor(ends[1]),
              .errors = {},
              .child_errors = {}};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("open a pipe");
  links.errors = Descriptor(ends[0]);
  links.child_errors = Descriptor(ends[1]);
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) fail("set up a pipe");
  return links;
}

ForkServerHandle::ForkServerHandle(const std::string& hosted, int arena)
    : ForkServerHandle(make_links(), hosted, arena) {}

// `links` still holds the child's ends while process_ starts and closes them on return.
ForkServerHandle::ForkServerHandle(Links links, const std::string& hosted, int arena)
    : control_(std::move(links.control)),
      errors_(std::move(links.errors)),
      process_(hosted, {links.child_control.get(), arena, links.child_errors.get()}) {}

pid_t ForkServerHandle::fork(int socket) {
  status_.reset();
  ForkNotice notice{};
  const bool answered = send_descriptor(control_.get(), socket) &&
                        wait_for_message(control_.get(), starting_takes_at_most_ms) &&
                        receive_notice(control_.get(), notice) == Received::notice;
  if (!answered)
    throw EnvironmentError(
        "the worker process did not start; its program must call worker_main first thing");
  if (notice.worker < 0)
    throw EnvironmentError(
        fmt::format("cannot fork a worker process: {}", std::strerror(-notice.status)));
  return notice.worker;
}

std::optional<int> ForkServerHandle::status() {
  if (status_) return status_;
  ForkNotice notice{};
  switch (receive_notice(control_.get(), notice)) {
    case Received::nothing: break;
    case Received::notice: status_ = notice.status; break;
    case Received::hang_up: status_ = gone; break;
  }
  return status_;
}

WorkerProcess::WorkerProcess(ForkServerHandle& server, int socket)
    : server_(server),
      id_(server.fork(socket)),
      process_(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0))) {}

WorkerProcess::~WorkerProcess() {
  try {
    finish();
  } catch (const EnvironmentError&) {
    // The worker survived SIGKILL; nothing more can be done here.
  }
}

std::size_t WorkerProcess::memory_bytes(int arena, std::size_t enough) const {
  return memory_below(server_.id(), arena, enough);
}

std::size_t WorkerProcess::others_running() const {
  const std::size_t running = living_below(server_.id());
  return running - std::min<std::size_t>(running, 1);
}

std::size_t WorkerProcess::own_memory_bytes() const { return anonymous_bytes(id_); }

std::optional<std::string> WorkerProcess::harm() const {
  switch (server_.process().state()) {
    case Process::State::runs: return std::nullopt;
    case Process::State::stopped: return "stopped the process that started it";
    case Process::State::ended: break;
  }
  return killed_the_server;
}

void WorkerProcess::kill() const {
  if (process_.get() < 0)
    ::kill(id_, SIGKILL);
  else if (::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0) != 0)
    return;  // it is gone, and its number may be another's
  ::kill(-id_, SIGKILL);
}

int WorkerProcess::wait_for_end() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  for (;;) {
    const auto status = server_.status();
    if (status == ForkServerHandle::gone) {
      server_.process().kill();
      end_orphans();
    }
    if (status) return *status;
    const auto waited = Clock::now() - begin;
    if (waited > ending_takes_at_most)
      throw EnvironmentError(fmt::format("worker process {} does not die of SIGKILL", id_));
    // The code under test may have stopped the server.
    if (waited > server_is_given) {
      ended_server_ = true;
      server_.process().kill();
    } else {
      server_.process().go_on();
    }
    wait_for_message(server_.control(), 50);
  }
}

std::string WorkerProcess::finish() {
  if (id_ < 0) return "ended before";
  kill();
  const int status = wait_for_end();
  id_ = -1;
  // The worker is killed when its parent, the fork server, ends.
  const bool gone = status == ForkServerHandle::gone;
  signal_ = gone ? SIGKILL : WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (gone)
    return ended_server_ ? "was killed with the process that started it" : killed_the_server;
  return words_of(status);
}

}  // namespace convict::sandbox
