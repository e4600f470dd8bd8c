// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <span>

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

/// Carries out every trial on every subject. Subjects share operands and truth; trials are spread
/// over `jobs` threads. The observer gets the results in trial order, and per trial in the order of
/// the subjects. Where a kernel hangs, it is asked no more (watched_kernel.hpp); such trials end as
/// not_tried. An exception of an observer or a trial (a full disk, an invalid spec) ends the run
/// and is rethrown here.
RunEnd run_trials(TrialSource& source, std::span<const sandbox::Subject> subjects,
                  Observer& observer, const RunOptions& options);

/// The same on a list of trials.
RunEnd run_suite(std::span<const Trial> trials, std::span<const sandbox::Subject> subjects,
                 Observer& observer, const RunOptions& options);

/// Calls `say` with the command that repeats each trial being carried out at present, for a message
/// when this process crashes. Async-signal-safe.
void for_each_trial_in_flight(void (*say)(const char* repro_line));

}  // namespace convict::run
