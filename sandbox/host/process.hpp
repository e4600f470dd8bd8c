// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace convict::sandbox {

/// Descriptors that the child inherits: `errors` becomes its standard error, the others get the
/// numbers worker_socket and worker_arena (protocol.hpp).
struct Inherited {
  int socket;
  int arena;
  int errors;
};

/// A child process that runs this program's worker_main for `hosted`, in a session of its own. It
/// is killed with this object, and so are all processes that it left behind.
class Process {
 public:
  /// Makes this process the parent of processes that such children orphan (PR_SET_CHILD_SUBREAPER).
  /// Throws EnvironmentError when the process cannot be started.
  Process(const std::string& hosted, const Inherited& inherited);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  enum class State { runs, stopped, ended };
  State state() const;
  /// Lets the child go on, if it was stopped.
  void go_on() const;
  void kill() const;
  pid_t id() const { return id_; }

 private:
  pid_t id_ = -1;
};

/// Kills and reaps the processes that Processes which have ended left to this process as their new
/// parent: every child in another session than this process's that is no Process. Returns how many.
int end_orphans();

}  // namespace convict::sandbox
