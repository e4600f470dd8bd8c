#pragma once

#include <set>
#include <string>

#include "run/observer.hpp"

namespace convict::fuzz {

/// What the journal of an interrupted campaign says; hand it the journal's lines in their order.
class Past final : public run::Observer {
 public:
  void begin(const run::RunInfo& info) override { info_ = info; }
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override;

  const run::RunInfo& info() const { return info_; }
  /// Of the last checkpoint.
  const run::Checkpoint& reached() const { return reached_; }
  const run::Tally& tally() const { return tally_; }

  /// True when a finding of this cluster is known.
  bool knows_cluster(const TrialResult& result) const;
  /// True when the journal holds a line of this kernel and trial: where the last checkpoint is
  /// before the trial, it is carried out again, but must not be told again. The line may be in
  /// front of that checkpoint: a search that was resumed writes checkpoints while it catches up.
  bool was_told(const TrialResult& result) const;

 private:
  run::RunInfo info_;
  run::Checkpoint reached_;
  run::Tally tally_;
  std::set<std::string> clusters_;
  std::set<std::string> told_;
};

}  // namespace convict::fuzz
