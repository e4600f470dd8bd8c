// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "run/observer.hpp"

namespace convict::fuzz {

/// The state of an interrupted campaign, collected from the lines of its journal in their order.
class Past final : public run::Observer {
 public:
  void begin(const run::RunInfo& info) override { info_ = info; }
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override;

  const run::RunInfo& info() const { return info_; }
  /// Of the last checkpoint.
  const run::Checkpoint& reached() const { return reached_; }
  const run::Tally& tally() const { return tally_; }

  /// True when the journal has a finding of this kernel and cluster.
  bool knows_cluster(const TrialResult& result) const;
  /// True when the journal has a line of this kernel and trial. Trials after the last checkpoint
  /// are carried out again, but their results must not be reported again. The line may stand before
  /// that checkpoint, since a resumed search writes checkpoints while it repeats trials.
  bool was_reported(const TrialResult& result) const;

 private:
  run::RunInfo info_;
  run::Checkpoint reached_;
  run::Tally tally_;
  std::set<std::string> clusters_;
  std::set<std::string> reported_;
};

}  // namespace convict::fuzz
