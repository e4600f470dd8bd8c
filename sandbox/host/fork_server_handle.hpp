// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "sandbox/host/process.hpp"
#include "sandbox/system/descriptor.hpp"

namespace convict::sandbox {

/// The host's handle of a fork server. The fork server is a child process that runs this program
/// (child/worker_main.cpp) and forks one worker after the other, which is ten times cheaper than
/// starting the program for each. As the parent of the workers it reports how they ended, after it
/// has killed all processes that they left behind.
class ForkServerHandle {
 public:
  /// Starts a fork server whose workers host `hosted` (see protocol.hpp) and share the file
  /// `arena`. Throws EnvironmentError when the program cannot be started.
  ForkServerHandle(const std::string& hosted, int arena);

  /// Forks a worker that receives its requests from `socket`. The worker before must have ended.
  /// Throws EnvironmentError when the fork server does not answer.
  pid_t fork(int socket);
  /// The wait status (waitpid) of the latest worker; nothing while it runs. The worker stays a
  /// zombie until the next one is forked, so that its process group id is not reused.
  std::optional<int> status();
  /// The read end of the workers' standard error; it does not block.
  int errors() const { return errors_.get(); }
  bool ended() const { return status_ == gone || process_.state() == Process::State::ended; }
  /// The fork server itself.
  const Process& process() const { return process_; }
  int control() const { return control_.get(); }
  pid_t id() const { return process_.id(); }

  /// The status when the fork server itself has ended, and its worker with it.
  static constexpr int gone = -1;

 private:
  struct Links {
    Descriptor control, child_control, errors, child_errors;
  };
  static Links make_links();
  ForkServerHandle(Links links, const std::string& hosted, int arena);

  Descriptor control_;
  Descriptor errors_;
  Process process_;
  std::optional<int> status_;
};

/// A worker process, as seen by the host. It leads a session; all processes that it started are
/// killed with this object.
class WorkerProcess {
 public:
  WorkerProcess(ForkServerHandle& server, int socket);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// True once the process has exited or a signal has ended it.
  bool ended() { return server_.status().has_value(); }
  /// A descriptor that becomes readable when the process has ended.
  int end_notice() const { return server_.control(); }

  /// What the code under test did to the fork server ("stopped the process that started it"), or
  /// nothing.
  std::optional<std::string> harm() const;

  /// Kills the worker with all that it started and says how it ended, e.g. "signal 11
  /// (Segmentation fault)" or "exited with status 0". Throws EnvironmentError when it cannot be
  /// killed within a few seconds.
  std::string finish();
  /// The signal that ended the worker, known after finish(); 0: none.
  int signal() const { return signal_; }

  /// Memory of the worker and all its descendants, the arena left out; see memory_below for
  /// `enough`. 0 where it cannot be read.
  std::size_t memory_bytes(int arena, std::size_t enough) const;
  /// How many processes besides the worker itself run that it started. 0 where it cannot be read.
  std::size_t others_running() const;
  /// Memory of the worker alone that is not shared, which is known much sooner.
  std::size_t own_memory_bytes() const;

 private:
  void kill() const;
  int wait_for_end();

  ForkServerHandle& server_;
  pid_t id_;
  Descriptor process_;  ///< a pidfd: unlike the number, never another process. None on old systems
  int signal_ = 0;
  bool ended_server_ = false;  ///< the fork server did not answer and was killed
};

}  // namespace convict::sandbox
