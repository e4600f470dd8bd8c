// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "oracle/truth/case.hpp"
#include "run/observer.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::run {

struct RunOptions {
  int jobs = 1;
  const oracle::GoldenCases* golden = nullptr;  ///< data of trials that are stored there
  oracle::TruthKernels truth_kernels{};         ///< kernels that may compute the truth
  const std::atomic<bool>* stop =
      nullptr;  ///< set from outside: finish the current trials, report, return
};

/// Supplies the trials of a run.
class TrialSource {
 public:
  virtual ~TrialSource() = default;
  /// Trial `number`, counted from 0, or nothing when there are no more. Called from several threads
  /// at once, and only after the observer got the results of the first `awaited(number)` trials.
  virtual std::optional<Trial> trial(std::size_t number) = 0;
  virtual std::size_t awaited(std::size_t number) const {
    static_cast<void>(number);
    return 0;
  }
  /// True when there is always another trial. The run then ends when every kernel is given up.
  virtual bool endless() const { return false; }
};

/// A run that could not go on: how far it came, and the error that ended it.
struct RunFailure : std::runtime_error {
  RunFailure(const std::string& words, RunEnd reached, std::exception_ptr why)
      : std::runtime_error(words), end(std::move(reached)), cause(std::move(why)) {}
  RunEnd end;
  std::exception_ptr cause;
};

/// Carries out every trial on every subject. Subjects share operands and truth; trials are spread
/// over `jobs` threads. The observer gets the results in trial order, and per trial in the order of
/// the subjects. Where a kernel hangs, it is asked no more (watched_kernel.hpp); such trials end as
/// not_tried. An exception of an observer or a trial (a full disk, a plug-in that was rebuilt) ends
/// the run and is thrown as a RunFailure. Throws EnvironmentError when a job cannot be started.
RunEnd run_trials(TrialSource& source, std::span<const sandbox::Subject> subjects,
                  Observer& observer, const RunOptions& options);

/// The same on a list of trials.
RunEnd run_suite(std::span<const Trial> trials, std::span<const sandbox::Subject> subjects,
                 Observer& observer, const RunOptions& options);

/// Calls `say` with the command that repeats each trial being carried out at present, for a message
/// when this process crashes. Async-signal-safe.
void for_each_trial_in_flight(void (*say)(const char* repro_line));

}  // namespace convict::run
