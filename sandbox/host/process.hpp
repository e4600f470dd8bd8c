#pragma once

#include <sys/types.h>

#include <string>

namespace convict::sandbox {

/// What the child finds as its standard error and as the descriptors that protocol.hpp names.
struct Inherited {
  int socket;
  int arena;
  int errors;
};

/// A child process of this very program that runs worker_main for `hosted`, in a process group of
/// its own. It never outlives this object.
class Process {
 public:
  /// Throws EnvironmentError when the process cannot be started.
  Process(const std::string& hosted, const Inherited& inherited);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// True once the child is gone of its own accord or by a signal.
  bool ended() const;
  pid_t id() const { return id_; }

 private:
  pid_t id_ = -1;
};

}  // namespace convict::sandbox
