#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/host/fork_server.hpp"
#include "sandbox/system/descriptor.hpp"
#include "sandbox/wire/protocol.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// The parent's end of one child: asks, waits no longer than told, and knows how the child died.
class WorkerHandle {
 public:
  /// `reply` counts only where `end` is `returned`. After any other end the child is of no more
  /// use.
  struct Answer {
    CallEnd end;
    Reply reply{};
    bool killed_before_asked = false;  ///< somebody sent SIGKILL while the child was idle
  };

  /// Has a worker forked that shares the arena; the plug-in is not loaded yet. Throws
  /// EnvironmentError when there is none to be had.
  WorkerHandle(ForkServer& server, SharedArena& arena, std::size_t memory_bytes);

  /// Never blocks for longer than `time_s`; when it returns with another end than `returned`, or
  /// with an exception of the plug-in, no request of ours is being worked on any more.
  Answer ask(Request request, double time_s);

 private:
  using Clock = std::chrono::steady_clock;

  /// The second is the worker's end; it is closed here once it runs.
  using Ends = std::array<Descriptor, 2>;
  WorkerHandle(Ends ends, ForkServer& server, SharedArena& arena, std::size_t memory_bytes);

  bool send(const Request& request) const;
  Answer wait(const Request& request, double time_s);
  std::optional<Answer> receive(const Request& request, int flags);
  static Answer read_reply(Reply reply);
  Answer gone(bool during_call, std::string_view when);
  std::optional<Answer> ended(const Request& request);
  Call call_of(const Request& request) const;
  std::string fault_words(bool during_call);
  Answer end(CallEnd::Kind kind, std::string_view how, const Request& request);
  void pause();
  void drain_errors(int most_reads);
  std::string last_words() const;

  Descriptor socket_;
  int errors_;
  Worker worker_;
  SharedArena& arena_;
  std::size_t memory_bytes_;
  Placement placement_;  ///< of the latest run
  std::string error_tail_;
  std::uint64_t serial_ = 0;
  bool hung_up_ = false;
};

}  // namespace convict::sandbox
