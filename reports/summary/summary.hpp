// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "reports/agreement.hpp"
#include "reports/conditions/failure_conditions.hpp"
#include "reports/journal/journal.hpp"
#include "run/observer.hpp"

namespace convict::reports {

/// One run that went into a summary.
struct RunRecord {
  run::RunInfo info;
  std::optional<run::RunEnd> end;  ///< nothing when it was killed or goes on
  std::string source;              ///< its journal; empty for a run of this process
};

/// What one kernel did.
struct KernelSummary {
  std::string name;
  run::Tally tally;
  run::Tally regressions;                   ///< of these, trials that were findings of earlier runs
  double worst_ratio = 0;                   ///< largest error in units of its bound; NaN is largest
  std::optional<Trial> worst_trial;         ///< where; nothing when every ratio was 0
  double time_ms = 0;                       ///< of all its trials
  std::vector<run::Tally> features;         ///< by index into features()
  std::map<std::string, run::Tally> named;  ///< by named_features_of
  std::map<std::string, std::size_t> unsupported;  ///< reason -> trials
  std::map<std::string, std::size_t> mistrusted;   ///< reason -> trials
  std::map<std::string, std::size_t> not_tried;    ///< reason -> trials
  std::size_t zeros_would_pass = 0;                ///< trials in which an answer of zeros would
  std::vector<TrialResult> findings;         ///< the first ones; tally.findings() counts them all
  std::vector<FailureCondition> conditions;  ///< those that were found
  /// Accuracy profile -> the passes and precisions that have it.
  std::map<std::string, std::set<std::string>> profiles;
  /// Why an accuracy profile contradicts the claims -> the passes and precisions that have it.
  std::map<std::string, std::set<std::string>> contradictions;
  std::string wide_claims;          ///< claims that widen its bounds, from run::RunInfo::claims
  std::vector<double> pass_ratios;  ///< errors in units of their bounds, of passes that have them

  std::size_t ran() const { return tally.ran; }
};

/// What one or several runs found, from which every report is written.
struct Summary {
  std::vector<RunRecord> runs;
  std::vector<KernelSummary> kernels;  ///< in the order the runs name them
  run::Tally tally;
  run::Tally regressions;
  std::vector<run::FeatureCount> features;  ///< of searches; empty when there was none
  std::vector<run::PairAgreement> pairs;  ///< of kernels, and with the truth, up to the latest end

  std::size_t ran() const { return tally.ran; }
  std::size_t kernels_with_findings() const;
  bool interrupted() const;  ///< by Ctrl-C
  bool incomplete() const;   ///< a run has no end
};

/// How much of every trial a summary keeps.
struct SummaryDetail {
  std::size_t findings_kept = 5000;  ///< of each kernel
  bool features = true;              ///< count by feature too
};
inline constexpr SummaryDetail counts_only = {.findings_kept = 0, .features = false};

/// Builds a summary while trials arrive. Several runs, one after the other, add up. Failure
/// conditions and pairs are computed at the end of each run.
class Summarizer final : public run::Observer {
 public:
  explicit Summarizer(SummaryDetail detail = {}) : detail_(detail) {}

  void begin(const run::RunInfo& info) override;
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override;
  void end(const run::RunEnd& end) override;

  /// Computes the failure conditions of kernels with findings, and the pairs. `end` does this, too;
  /// to be called where a run has no end.
  void conclude();

  const Summary& summary() const { return summary_; }

 private:
  KernelSummary& kernel(const std::string& name);
  void add(const run::CountedResults& counted);

  SummaryDetail detail_;
  Summary summary_;
  std::vector<run::FeatureCount> earlier_features_;  ///< of the runs before the last
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<ConditionTrials> trials_;  ///< of each kernel
  AgreementCounter agreement_;
};

Summary summarize(std::span<const JournalData> journals);

/// "regressions: 12 trials run first, 2 findings in 1 kernel"; empty when there were none.
std::string regressions_text(const Summary& summary);

/// "No finding", "37 findings in 2 kernels" or "Nothing ran".
std::string verdict_text(const Summary& summary);

/// The one sentence a run ends in: "4 kernels, 12,345 trials run: no finding." or "... 37 findings
/// in 2 kernels; 12 mistrusted, 3 unsupported; see DIR/report.html." `see` may be empty.
std::string headline(const Summary& summary, std::string_view see = {});

}  // namespace convict::reports
