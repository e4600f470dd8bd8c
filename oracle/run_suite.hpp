#pragma once

#include <atomic>
#include <span>

#include "core/observer.hpp"
#include "oracle/case.hpp"
#include "oracle/custody/custody.hpp"

namespace convict::oracle {

/// A subject that hung this often is not tried further: every hang costs the whole time limit.
inline constexpr int most_hangs = 3;

struct RunOptions {
  int jobs = 1;
  const GoldenCases* golden = nullptr;  ///< trials it knows take their data from it
  TruthRows truth_rows{};               ///< may compute truth
  const std::atomic<bool>* stop =
      nullptr;  ///< set from outside: finish the trials in flight, report, return
};

/// Tries every subject on every trial. Subjects share operands and truth; trials are spread over
/// `jobs` threads. The observer is told of results in trial order, subjects in their order, one at
/// a time. What an observer or a trial throws (a full disk, an invalid spec) ends the run and is
/// rethrown here.
RunEnd run_suite(std::span<const Trial> trials, std::span<const Subject> subjects,
                 Observer& observer, const RunOptions& options);

/// The trials being carried out at this moment, for a last word when this process is dying: calls
/// `say` with each repro line. Only async-signal-safe work is done here.
void for_each_trial_in_flight(void (*say)(const char* repro_line));

}  // namespace convict::oracle
