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

/// A child process that runs this program's worker_main for `hosted`, in its own process group. It
/// is killed with this object.
class Process {
 public:
  /// Throws EnvironmentError when the process cannot be started.
  Process(const std::string& hosted, const Inherited& inherited);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// True once the child has exited or a signal has ended it.
  bool ended() const;
  pid_t id() const { return id_; }

 private:
  pid_t id_ = -1;
};

}  // namespace convict::sandbox
