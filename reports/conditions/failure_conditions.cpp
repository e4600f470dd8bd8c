// SPDX-License-Identifier: Apache-2.0
#include "reports/conditions/failure_conditions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/conditions/conjunction_search.hpp"
#include "reports/features.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

/// Transposes a set of literals per trial into a column of trials per literal.
std::vector<BitColumn> columns_of(const std::vector<LiteralBits>& trials, std::size_t literals) {
  std::vector<BitColumn> columns(literals, BitColumn((trials.size() + 63) / 64));
  for (std::size_t t = 0; t < trials.size(); ++t)
    for (std::size_t literal = 0; literal < literals; ++literal)
      if (trials[t].test(literal)) columns[literal][t / 64] |= std::uint64_t{1} << (t % 64);
  return columns;
}

bool has_all(const LiteralBits& trial, const std::vector<std::size_t>& literals) {
  return std::ranges::all_of(literals, [&](std::size_t literal) { return trial.test(literal); });
}

}  // namespace

std::string condition_text(const FailureCondition& condition) {
  const FourCounts& counts = condition.counts;
  const std::string inside =
      fmt::format("{} of {}", grouped(counts.failed_inside), counted(counts.inside(), "trial"));
  if (condition.literals.empty()) return "fails everywhere: " + inside;
  const bool always = counts.failed_outside == 0 && counts.passed_inside == 0;
  const bool often = 2 * counts.failed_inside >= counts.inside();
  return fmt::format("fails {} {}: {}, {} of {} elsewhere{}",
                     always  ? "iff"
                     : often ? "where"
                             : "more often where",
                     fmt::join(condition.literals, " and "), inside, grouped(counts.failed_outside),
                     grouped(counts.outside()),
                     condition.sampled ? " (of the passes, a sample)" : "");
}

void ConditionTrials::set_named(LiteralBits& bits, const std::string& name) {
  const auto known = std::ranges::find(names_, name);
  const std::size_t number =
      condition_literals().size() + static_cast<std::size_t>(known - names_.begin());
  if (number >= most_condition_literals) return;
  if (known == names_.end()) names_.push_back(name);
  bits.set(number);
}

void ConditionTrials::add(const TrialResult& result) {
  const Outcome outcome = result.verdict.outcome;
  const bool says_nothing = outcome == Outcome::pass ? !was_run(result) : !is_finding(outcome);
  if (says_nothing) return;
  const LiteralBits bits = bits_of(result.trial);
  (is_finding(outcome) ? failed_ : passed_).push_back(bits);
}

void ConditionTrials::add_passes(std::span<const Trial> known, std::size_t count) {
  for (const Trial& trial : known) passed_.push_back(bits_of(trial));
  unknown_ += count - std::min(count, known.size());
}

LiteralBits ConditionTrials::bits_of(const Trial& trial) {
  LiteralBits bits = literal_bits(trial);
  for (const std::string& name : named_features_of(trial)) set_named(bits, name);
  return bits;
}

std::vector<FailureCondition> ConditionTrials::conditions() const {
  std::vector<FailureCondition> found;
  if (failed_.empty() || (passed_.empty() && unknown_ > 0)) return found;
  if (passed_.empty()) {
    found.push_back({.counts = {.failed_inside = failed_.size()}});
    return found;
  }
  const auto literals = condition_literals();
  const std::size_t count = literals.size() + names_.size();
  const std::vector<BitColumn> passed = columns_of(passed_, count);
  std::vector<LiteralBits> left = failed_;
  while (found.size() < most_conditions && !left.empty()) {
    const auto best = best_conjunction(columns_of(left, count), left.size(), passed, passed_.size(),
                                       most_literals);
    if (!best || best->log_p > std::log(significance)) break;
    FailureCondition& condition = found.emplace_back(
        FailureCondition{.counts = best->counts, .log_p = best->log_p, .sampled = unknown_ > 0});
    for (const std::size_t number : best->literals)
      condition.literals.push_back(number < literals.size() ? literals[number].name
                                                            : names_[number - literals.size()]);
    std::erase_if(left, [&](const LiteralBits& trial) { return has_all(trial, best->literals); });
  }
  return found;
}

}  // namespace convict::reports
