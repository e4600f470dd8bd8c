#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "oracle/custody/descriptor.hpp"

namespace convict::oracle {

/// What the child finds as its standard error and as the descriptors that protocol.hpp names.
struct Inherited {
  int socket;
  int arena;
  int errors;
};

/// A child process of this very program that runs worker_main for `plugin`, in a process group of
/// its own. It never outlives this object.
class Process {
 public:
  /// Throws EnvironmentError when the process cannot be started.
  Process(const std::string& plugin, const Inherited& inherited);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// True once the child is gone of its own accord or by a signal.
  bool ended() const;

  /// What the child has in memory now, shared pages included; 0 when that cannot be told.
  std::size_t resident_bytes();

  /// Kills what is left of the group and says how the child ended, e.g. "signal 11 (Segmentation
  /// fault)" or "exited with status 0". Throws EnvironmentError when it cannot be killed.
  std::string finish();
  /// The signal that ended it, as finish() found; 0: none.
  int signal() const { return signal_; }

 private:
  std::optional<int> reap();

  pid_t id_ = -1;
  Descriptor memory_;  ///< the child's statm, once it was asked for
  int signal_ = 0;
};

}  // namespace convict::oracle
