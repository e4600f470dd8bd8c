// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/host/fork_server_handle.hpp"
#include "sandbox/system/descriptor.hpp"
#include "sandbox/wire/protocol.hpp"
#include "sandbox/wire/shared_arena.hpp"

namespace convict::sandbox {

/// The host's connection to one worker: sends requests, limits time and memory, and reports how the
/// worker ended.
class WorkerHandle {
 public:
  /// `reply` is meaningful only if `end` is `returned`. After any other end the worker cannot be
  /// used any more.
  struct Answer {
    CallEnd end;
    Reply reply{};
    bool killed_before_asked = false;  ///< SIGKILL ended the worker while it was idle
  };

  /// Forks a worker that shares the arena; the code under test is not loaded yet. Throws
  /// EnvironmentError when no worker can be forked.
  WorkerHandle(ForkServerHandle& server, SharedArena& arena, std::size_t memory_bytes);

  /// How long a call of `run`, and any other call, may take, in seconds.
  struct Times {
    double call_s = 0;
    double run_s = 0;
    double of(Call call) const { return call == Call::run ? run_s : call_s; }
  };

  /// Waits for each call of the request as long as `times` says. Unless `end` is `returned`, or
  /// `crashed` by an exception, the worker has been killed.
  Answer ask(Request request, const Times& times);

  /// How many processes that calls started have not ended.
  std::size_t others_running() const { return worker_.others_running(); }
  /// Memory of the worker and all that it started, the arena left out; 0 where it is not known.
  std::size_t memory() const { return worker_.memory_bytes(arena_.descriptor(), 0); }

 private:
  using Clock = std::chrono::steady_clock;

  /// A socket pair. The second is the worker's end; it is closed here once the worker runs.
  using Ends = std::array<Descriptor, 2>;
  WorkerHandle(Ends ends, ForkServerHandle& server, SharedArena& arena, std::size_t memory_bytes);

  bool send(const Request& request) const;
  Answer wait(const Request& request, const Times& times);
  std::optional<Answer> receive(const Request& request, int flags);
  static Answer read_reply(Reply reply);
  Answer gone(bool during_call, std::string_view when);
  std::optional<Answer> ended(const Request& request);
  std::optional<Answer> too_much_memory(const Request& request, std::string_view when);
  std::optional<Answer> too_much_memory_kept(const Request& request);
  Call call_of(const Request& request) const;
  std::string fault_words(bool during_call);
  Answer end(CallEnd::Kind kind, std::string_view how, const Request& request,
             std::string_view when = "during");
  void pause();
  void drain_errors(int most_reads);
  std::string error_output() const;

  Descriptor socket_;
  int errors_;
  WorkerProcess worker_;
  SharedArena& arena_;
  std::size_t memory_bytes_;
  Placement placement_;  ///< of the latest run
  std::string error_tail_;
  std::uint64_t serial_ = 0;
  Clock::time_point measured_ = Clock::now();  ///< when its memory was measured last
  std::size_t runs_ = 0;
  std::size_t memory_at_first_ = 0;  ///< after the first run
  bool hung_up_ = false;
};

}  // namespace convict::sandbox
