#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "sandbox/host/process.hpp"
#include "sandbox/system/descriptor.hpp"

namespace convict::sandbox {

/// A process that has loaded this program and nothing else, and forks one worker after the other:
/// ten times cheaper than starting the program anew for each. It is the workers' parent, so it has
/// to say how they ended; and it is that of all they leave behind, which it ends before it says so.
class ForkServer {
 public:
  /// Throws EnvironmentError when the program cannot be started.
  ForkServer(const std::string& hosted, int arena);

  /// Forks a worker that is asked through the other end of `socket`, which has the worker's end.
  /// There must be no other worker any more. Throws EnvironmentError when the server does not
  /// answer.
  pid_t fork(int socket);
  /// How the latest worker ended, as waitpid tells; nothing as long as it lives. It stays a zombie
  /// until the next is forked, so that its process group cannot become somebody else's.
  std::optional<int> status();
  /// The workers' standard error, not blocking.
  int errors() const { return errors_.get(); }
  bool ended() const { return status_ == gone || process_.ended(); }
  int control() const { return control_.get(); }
  pid_t id() const { return process_.id(); }

  /// Given as status when the server itself is gone, and the worker with it.
  static constexpr int gone = -1;

 private:
  struct Links {
    Descriptor control, child_control, errors, child_errors;
  };
  static Links make_links();
  ForkServer(Links links, const std::string& hosted, int arena);

  Descriptor control_;
  Descriptor errors_;
  Process process_;
  std::optional<int> status_;
};

/// A worker, as its host sees it: leads a process group, which never outlives this object.
class Worker {
 public:
  Worker(ForkServer& server, int socket) : server_(server), id_(server.fork(socket)) {}
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// True once it is gone of its own accord or by a signal.
  bool ended() { return server_.status().has_value(); }
  /// A descriptor that can be read from once it is.
  int end_notice() const { return server_.control(); }

  /// Kills what is left of the group and says how the worker ended, e.g. "signal 11 (Segmentation
  /// fault)" or "exited with status 0". Throws EnvironmentError when it cannot be killed.
  std::string finish();
  /// The signal that ended it, as finish() found; 0: none.
  int signal() const { return signal_; }

  /// What it and all that it started have in memory now, shared pages included as memory_below
  /// says; 0 when that cannot be told.
  std::size_t memory_bytes(std::size_t enough) const;

 private:
  int wait_for_end();

  ForkServer& server_;
  pid_t id_;
  int signal_ = 0;
};

}  // namespace convict::sandbox
