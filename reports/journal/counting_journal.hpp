// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>
#include <utility>

#include "reports/agreement.hpp"
#include "reports/journal/journal.hpp"

namespace convict::reports {

/// The journal of a search, which has too many trials for a line each: those that passed, were
/// unsupported or not tried are counted, and the counts written with the next checkpoint; every
/// other result is written at once. Checkpoints also name some of the passed trials: the first 1000
/// of each kernel, one in two of the next 1000, one in three of the next, and so on.
class CountingJournal final : public run::Observer {
 public:
  explicit CountingJournal(Journal journal) : journal_(std::move(journal)) {}

  void begin(const run::RunInfo& info) override { journal_.begin(info); }
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override;
  void end(const run::RunEnd& end) override { journal_.end(end); }

 private:
  void count(const TrialResult& result);

  Journal journal_;
  std::vector<run::CountedResults> counted_;
  std::unordered_map<std::string, std::size_t> index_;
  std::unordered_map<std::string, std::size_t> passes_;  ///< of each kernel, so far
  AgreementCounter agreement_;
};

}  // namespace convict::reports
