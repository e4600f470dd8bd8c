#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <span>

#include "oracle/truth/case.hpp"
#include "run/observer.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::run {

/// A subject that hung this often is not tried further: every hang costs the whole time limit.
inline constexpr int most_hangs = 3;

struct RunOptions {
  int jobs = 1;
  const oracle::GoldenCases* golden = nullptr;  ///< trials it knows take their data from it
  oracle::TruthKernels truth_kernels{};         ///< may compute truth
  const std::atomic<bool>* stop =
      nullptr;  ///< set from outside: finish the trials in flight, report, return
};

/// Where the trials of a run come from.
class TrialSource {
 public:
  virtual ~TrialSource() = default;
  /// Trial `number`, from 0 on, or nothing when there are no more. Called from several threads at
  /// once, and not before the results of the first `awaited(number)` trials were told to the
  /// observer.
  virtual std::optional<Trial> trial(std::size_t number) = 0;
  virtual std::size_t awaited(std::size_t number) const {
    static_cast<void>(number);
    return 0;
  }
};

/// Tries every subject on every trial. Subjects share operands and truth; trials are spread over
/// `jobs` threads. The observer is told of results in trial order, subjects in their order, one at
/// a time. What an observer or a trial throws (a full disk, an invalid spec) ends the run and is
/// rethrown here.
RunEnd run_trials(TrialSource& source, std::span<const sandbox::Subject> subjects,
                  Observer& observer, const RunOptions& options);

/// The same on a list of trials.
RunEnd run_suite(std::span<const Trial> trials, std::span<const sandbox::Subject> subjects,
                 Observer& observer, const RunOptions& options);

/// The trials being carried out at this moment, for a last word when this process is dying: calls
/// `say` with each repro line. Only async-signal-safe work is done here.
void for_each_trial_in_flight(void (*say)(const char* repro_line));

}  // namespace convict::run
