// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/campaign.hpp"
#include "run/observer.hpp"
#include "run/run_suite.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// Counts the trials in which each kernel was called, and passes everything on.
class RunCounter final : public run::Observer {
 public:
  explicit RunCounter(run::Observer& to) : to_(to) {}
  void begin(const run::RunInfo& info) override { to_.begin(info); }
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override { to_.checkpoint(checkpoint); }
  void end(const run::RunEnd& end) override { to_.end(end); }

  std::size_t trials_run(const std::string& kernel) const;

 private:
  run::Observer& to_;
  std::map<std::string, std::size_t> run_;
};

/// A suite has few trials for a kernel that takes few problems. For every subject that was called
/// in fewer than 1,000 trials of a suite, carries out as many more that are drawn inside what it
/// accepts (fuzz/acceptance.hpp). Adds their results to `end`, and a note for each of these
/// kernels: how many trials were added, and whether what it accepts was exhausted.
void complete_suite(std::span<const sandbox::Subject> subjects, const Selection& selection,
                    RunCounter& observer, const run::RunOptions& options, run::RunEnd& end);

}  // namespace convict::cli
