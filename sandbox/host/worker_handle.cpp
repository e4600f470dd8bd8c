// SPDX-License-Identifier: Apache-2.0
#include "sandbox/host/worker_handle.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/errors.hpp"
#include "core/memory_budget.hpp"
#include "core/printable.hpp"

namespace convict::sandbox {
namespace {

/// Interval at which the worker's memory is measured.
constexpr int measure_every_ms = 10;

/// How much of the worker's standard error is kept for messages.
constexpr std::size_t tail_bytes = 300;

/// A socket pair. Receiving on the first, the host's end, times out after `measure_every_ms`.
std::array<Descriptor, 2> connected() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw EnvironmentError(
        fmt::format("cannot open a socket for a worker process: {}", std::strerror(errno)));
  const timeval wait{.tv_sec = 0, .tv_usec = suseconds_t{measure_every_ms} * 1000};
  ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// `text` as one line, fit for tables, logs and JSON whatever bytes a plug-in wrote.
std::string in_one_line(std::string text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  std::ranges::replace_if(text, is_space, ' ');
  return printable(text);
}

}  // namespace

WorkerHandle::WorkerHandle(ForkServerHandle& server, SharedArena& arena, std::size_t memory_bytes)
    : WorkerHandle(connected(), server, arena, memory_bytes) {}

WorkerHandle::WorkerHandle(Ends ends, ForkServerHandle& server, SharedArena& arena,
                           std::size_t memory_bytes)
    : socket_(std::move(ends[0])),
      errors_(server.errors()),
      worker_(server, ends[1].get()),
      arena_(arena),
      memory_bytes_(memory_bytes) {
  arena.fault().noted = 0;
  arena.fault().arena = 0;
}

WorkerHandle::Answer WorkerHandle::ask(Request request, const Times& times) {
  request.serial = ++serial_;
  error_tail_.clear();
  arena_.fault().call = static_cast<std::uint64_t>(Call::none);
  if (!send(request)) {
    Answer answer = gone(false, "between calls");
    answer.killed_before_asked = worker_.signal() == SIGKILL;
    return answer;
  }
  if (request.ask == Ask::run) placement_ = request.placement;
  Answer answer = wait(request, times);
  if (answer.end.kind != CallEnd::Kind::returned) return answer;
  if (const auto harm = worker_.harm()) return end(CallEnd::Kind::crashed, *harm, request);
  if (auto too_much = too_much_memory_kept(request)) return *too_much;
  return answer;
}

bool WorkerHandle::send(const Request& request) const {
  const auto sent = ::send(socket_.get(), &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(sizeof(request));
}

WorkerHandle::Answer WorkerHandle::wait(const Request& request, const Times& times) {
  const auto deadline_of = [&](Call call) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(times.of(call)));
  };
  Call latest = calls_of(request.ask).first;
  auto deadline = deadline_of(latest);
  // Nearly every answer comes within one interval, and a worker that dies closes its end.
  if (auto answer = receive(request, 0)) return *answer;
  for (auto before = Clock::now();;) {
    pause();
    // This process was stopped, or the machine suspended, and the worker may have been as well.
    constexpr std::chrono::seconds longest_pause(1);
    const auto now = Clock::now();
    if (now - before > longest_pause) deadline += now - before;
    before = now;
    if (auto answer = receive(request, MSG_DONTWAIT)) return *answer;
    if (auto answer = ended(request)) return *answer;
    // Each call of a request has its own time limit.
    const bool noted = arena_.fault().call != static_cast<std::uint64_t>(Call::none);
    if (const Call call = call_of(request); noted && call > latest) {
      latest = call;
      deadline = deadline_of(call);
    }
    if (Clock::now() >= deadline)
      return end(CallEnd::Kind::hung, fmt::format("no answer within {:.3g} s", times.of(latest)),
                 request);
  }
}

/// The current call as the worker noted it, if the request can make that call: the code under test
/// can overwrite the note.
Call WorkerHandle::call_of(const Request& request) const {
  const auto [first, last] = calls_of(request.ask);
  const std::uint64_t noted = arena_.fault().call;
  const bool possible =
      noted >= static_cast<std::uint64_t>(first) && noted <= static_cast<std::uint64_t>(last);
  if (possible) return static_cast<Call>(noted);
  return request.ask == Ask::run ? last : first;
}

std::optional<WorkerHandle::Answer> WorkerHandle::ended(const Request& request) {
  if (worker_.ended()) {
    // The worker may have answered just before it ended.
    if (auto answer = receive(request, MSG_DONTWAIT)) return answer;
    return gone(true, fmt::format("during {}", name_of(call_of(request))));
  }
  if (const auto harm = worker_.harm()) return end(CallEnd::Kind::crashed, *harm, request);
  return too_much_memory(request, "during");
}

std::optional<WorkerHandle::Answer> WorkerHandle::too_much_memory(const Request& request,
                                                                  std::string_view when) {
  measured_ = Clock::now();
  const std::size_t bytes = worker_.memory_bytes(arena_.descriptor(), memory_bytes_);
  if (bytes <= memory_bytes_) return std::nullopt;
  std::string how = fmt::format("killed at {} MiB of memory", bytes >> 20);
  constexpr std::size_t few = 3;
  if (runs_ > few)
    how += fmt::format(" (it grew by {} a call over {} calls)",
                       memory_text(static_cast<double>(bytes - std::min(bytes, memory_at_first_)) /
                                   static_cast<double>(runs_)),
                       runs_);
  return end(CallEnd::Kind::crashed, how, request, when);
}

/// Calls may be shorter than the interval between measurements.
std::optional<WorkerHandle::Answer> WorkerHandle::too_much_memory_kept(const Request& request) {
  if (request.ask != Ask::run) return std::nullopt;
  const std::size_t own = worker_.own_memory_bytes();
  if (runs_++ == 0) memory_at_first_ = worker_.memory_bytes(arena_.descriptor(), memory_bytes_);
  const bool is_time = Clock::now() - measured_ > std::chrono::milliseconds(measure_every_ms);
  if (own <= memory_bytes_ && !is_time) return std::nullopt;
  return too_much_memory(request, "after");
}

WorkerHandle::Answer WorkerHandle::end(CallEnd::Kind kind, std::string_view how,
                                       const Request& request, std::string_view when) {
  const Call call = call_of(request);
  worker_.finish();
  drain_errors(64);
  return {{kind, fmt::format("{} {} {}{}", how, when, name_of(call), error_output())}};
}

void WorkerHandle::pause() {
  std::array<pollfd, 3> watched = {
      {{.fd = hung_up_ ? -1 : socket_.get(), .events = POLLIN, .revents = 0},
       {.fd = errors_, .events = POLLIN, .revents = 0},
       {.fd = worker_.end_notice(), .events = POLLIN, .revents = 0}}};
  ::poll(watched.data(), watched.size(), measure_every_ms);
  if (watched[1].revents != 0) drain_errors(4);
}

std::optional<WorkerHandle::Answer> WorkerHandle::receive(const Request& request, int flags) {
  Reply reply{};
  const auto length = ::recv(socket_.get(), &reply, sizeof(reply), flags | MSG_TRUNC);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (length <= 0) {
    hung_up_ = true;
    return std::nullopt;
  }
  if (length == static_cast<ssize_t>(sizeof(reply)) && reply.serial == request.serial)
    return read_reply(reply);
  worker_.finish();
  return Answer{{CallEnd::Kind::crashed, fmt::format("wrote into the worker's connection during {}",
                                                     name_of(call_of(request)))}};
}

WorkerHandle::Answer WorkerHandle::read_reply(Reply reply) {
  const std::string text = in_one_line(reply.text.data());
  put_text(reply.text, text);
  if (reply.kind == Reply::Kind::crashed) return {{CallEnd::Kind::crashed, text}};
  return {{}, reply};
}

WorkerHandle::Answer WorkerHandle::gone(bool during_call, std::string_view when) {
  std::string how = worker_.finish();
  how += fault_words(during_call);
  drain_errors(64);
  return {{CallEnd::Kind::crashed, fmt::format("{} {}{}", how, when, error_output())}};
}

/// The place of a fault in words. The code under test can overwrite the fault record, so it is used
/// for messages only, and only if it is plausible.
std::string WorkerHandle::fault_words(bool during_call) {
  const bool is_fault = worker_.signal() == SIGSEGV || worker_.signal() == SIGBUS;
  const bool noted = is_fault && arena_.fault().noted == 1;
  const std::uint64_t offset = arena_.fault().address - arena_.fault().arena;
  // Before the first run the arena has no place in the worker.
  const bool knows_buffers = placement_.slots != Placement{}.slots && arena_.fault().arena != 0;
  if (!noted || !knows_buffers || offset >= arena_.bytes()) return "";
  return " " + words_of_fault(placement_, offset, during_call);
}

void WorkerHandle::drain_errors(int most_reads) {
  std::array<char, 65536> chunk;
  while (most_reads-- > 0) {
    const auto length = ::read(errors_, chunk.data(), chunk.size());
    if (length <= 0) break;
    error_tail_.append(chunk.data(), static_cast<std::size_t>(length));
    if (error_tail_.size() > tail_bytes) error_tail_.erase(0, error_tail_.size() - tail_bytes);
  }
}

std::string WorkerHandle::error_output() const {
  const std::string line = in_one_line(error_tail_);
  return line.empty() ? "" : fmt::format("; its last words: {}", line);
}

}  // namespace convict::sandbox
