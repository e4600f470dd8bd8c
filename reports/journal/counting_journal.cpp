// SPDX-License-Identifier: Apache-2.0
#include "reports/journal/counting_journal.hpp"

#include "reports/features.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

/// Whether the `number`-th passed trial of a kernel is named.
bool is_named(std::size_t number) {
  constexpr std::size_t all = 1000;
  return number % (1 + number / all) == 0;
}

}  // namespace

void CountingJournal::trial(const TrialResult& result) {
  const Outcome outcome = result.verdict.outcome;
  const bool counts = outcome == Outcome::pass || is_left_out(outcome);
  agreement_.add(result, !counts);
  if (counts)
    count(result);
  else
    journal_.trial(result);
}

void CountingJournal::count(const TrialResult& result) {
  const auto [entry, is_new] = index_.try_emplace(result.kernel, counted_.size());
  if (is_new) counted_.push_back({.kernel = result.kernel});
  run::CountedResults& counted = counted_[entry->second];
  const Outcome outcome = result.verdict.outcome;
  counted.tally.add(result);
  counted.time_ms += result.time_ms;
  if (outcome == Outcome::pass && was_run(result) && is_named(passes_[result.kernel]++))
    counted.passed.push_back(result.trial);
  if (outcome == Outcome::unsupported) ++counted.unsupported[reason_text(result.verdict)];
  if (outcome == Outcome::not_tried) ++counted.not_tried[reason_text(result.verdict)];
  for (const std::string& name : feature_names_of(result.trial)) counted.features[name].add(result);
  if (is_worse(result.verdict.worst_ratio, counted.worst_ratio)) {
    counted.worst_ratio = result.verdict.worst_ratio;
    counted.worst_trial = result.trial;
  }
}

void CountingJournal::checkpoint(const run::Checkpoint& checkpoint) {
  run::Checkpoint complete = checkpoint;
  complete.counted = std::move(counted_);
  complete.pairs = agreement_.pairs();
  journal_.checkpoint(complete);
  agreement_ = {};
  counted_.clear();
  index_.clear();
}

}  // namespace convict::reports
