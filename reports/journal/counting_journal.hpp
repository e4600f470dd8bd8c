#pragma once

#include <unordered_map>
#include <utility>

#include "reports/agreement.hpp"
#include "reports/journal/journal.hpp"

namespace convict::reports {

/// The journal of a search, which has far more trials than anybody reads: passes and refusals are
/// counted and written with the next checkpoint; every other result is written at once. Of the
/// passes some are named: all of a kernel's first thousand, then ever fewer, so that of n about
/// 1000 ln n are.
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
  std::unordered_map<std::string, std::size_t> passes_;  ///< of each kernel
  AgreementCounter agreement_;
};

}  // namespace convict::reports
