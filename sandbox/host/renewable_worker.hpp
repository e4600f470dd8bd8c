// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "sandbox/host/worker_handle.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {

/// The code that workers host.
struct Hosted {
  std::string name;  ///< for messages: "plug-in /home/me/mine.so", "kernel reference.direct"
  /// The command line argument for a worker that starts now (protocol.hpp). Throws FileError when
  /// the code can no longer be loaded.
  std::function<std::string()> argument;
  LeftRunning left_running{};
};

/// Sends requests to a worker and replaces it after a crash, hang or exception.
class RenewableWorker {
 public:
  RenewableWorker(Hosted hosted, const Limits& limits, SharedArena& arena);
  /// Asks a running worker to release what it keeps (plans), then kills it, and counts what its
  /// calls left running.
  ~RenewableWorker();
  RenewableWorker(const RenewableWorker&) = delete;
  RenewableWorker& operator=(const RenewableWorker&) = delete;

  /// Starts a worker and loads the hosted code if no worker is running, then sends the request.
  /// Throws FileError when the code cannot be loaded or has changed on disk, EnvironmentError when
  /// no worker can be started or when something other than the hosted code failed.
  WorkerHandle::Answer ask(const Request& request);

  /// From now on a call of `run` may take this long, at most Limits::time_s. Other calls, planning
  /// included, may take Limits::time_s.
  void limit_run(double seconds) { run_time_s_ = std::min(seconds, limits_.time_s); }
  double time_limit() const { return limits_.time_s; }
  /// Memory of the worker, if one is running and it is known.
  std::optional<std::size_t> memory() const {
    const std::size_t bytes = worker_ ? worker_->memory() : 0;
    return bytes > 0 ? std::optional(bytes) : std::nullopt;
  }
  /// Kills the worker, if one is running: the next request is answered by a new one.
  void renew() { worker_.reset(); }

 private:
  std::optional<WorkerHandle::Answer> start();
  WorkerHandle::Answer ask_running(const Request& request);

  Hosted hosted_;
  Limits limits_;
  double run_time_s_;
  SharedArena& arena_;
  std::string hosts_;  ///< the argument that server_ was started with
  std::optional<ForkServerHandle> server_;
  std::optional<WorkerHandle> worker_;
};

}  // namespace convict::sandbox
