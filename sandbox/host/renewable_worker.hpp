#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sandbox/host/worker_handle.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {

/// What workers are to host.
struct Hosted {
  std::string name;  ///< for messages: "plug-in /home/me/mine.so", "kernel reference.direct"
  /// What a worker that starts now is told. Throws FileError when it can no longer be had.
  std::function<std::string()> argument;
};

/// Calls into hosted code, each in a child that is fresh or has behaved so far.
class RenewableWorker {
 public:
  RenewableWorker(Hosted hosted, const Limits& limits, SharedArena& arena);
  /// Lets a living child give back what it keeps first.
  ~RenewableWorker();
  RenewableWorker(const RenewableWorker&) = delete;
  RenewableWorker& operator=(const RenewableWorker&) = delete;

  /// Starts a child and has it load what it hosts first where there is none. Throws FileError when
  /// that cannot be loaded or changed on disk, EnvironmentError when no child can be had or
  /// something other than the hosted code let it down.
  WorkerHandle::Answer ask(const Request& request);

 private:
  std::optional<WorkerHandle::Answer> start();
  WorkerHandle::Answer ask_running(const Request& request);

  Hosted hosted_;
  Limits limits_;
  SharedArena& arena_;
  std::string hosts_;  ///< what server_ was started for
  std::optional<ForkServer> server_;
  std::optional<WorkerHandle> worker_;
};

}  // namespace convict::sandbox
