// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

namespace convict::sandbox {

/// While it lives, the threads of this process are stopped at random moments for up to a fifth of a
/// millisecond, so that the others overtake them: an update of shared memory without a lock, which
/// hardly ever goes wrong on its own, is interrupted between its read and its write. A thread is
/// stopped by a signal (SIGURG, which is ignored where nobody handles it) whose handler sleeps.
/// With an odd seed the calling thread, and threads that it starts meanwhile, share one processor.
class Disturbance {
 public:
  /// Which threads are stopped: all of this process, or the calling one and those that are started
  /// meanwhile (in a process that has other work to do).
  enum class Of { all_threads, this_call };

  /// Seed 0 disturbs nothing.
  Disturbance(std::uint32_t seed, Of of);
  ~Disturbance();
  Disturbance(const Disturbance&) = delete;
  Disturbance& operator=(const Disturbance&) = delete;

 private:
  void disturb(std::uint32_t seed);

  std::vector<pid_t> spared_;            ///< threads that are left alone, ascending
  std::optional<cpu_set_t> processors_;  ///< of the calling thread before, if they were changed
  std::atomic<bool> over_ = false;
  std::thread disturber_;
};

}  // namespace convict::sandbox
