// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/verdict.hpp"
#include "reports/conditions/condition_literals.hpp"
#include "reports/conditions/fisher.hpp"

namespace convict::reports {

/// A condition under which a kernel fails: a conjunction of literals.
struct FailureCondition {
  std::vector<std::string> literals{};  ///< empty: every trial fails
  FourCounts counts{};                  ///< without the failures of the conditions before it
  double log_p = 0;                     ///< ln(P n): Fisher's P, n conjunctions tried
  bool sampled = false;  ///< only some of the trials that passed are among the counts
};

/// "fails iff dilation > 1 and groups > 1: 37 of 37 trials, 0 of 412 elsewhere". It is "fails
/// where" when some fail elsewhere or some pass there, "fails more often where" when most pass
/// there.
std::string condition_text(const FailureCondition& condition);

/// The trials of one kernel, each kept as a set of literals.
class ConditionTrials {
 public:
  static constexpr std::size_t most_literals = 3;    ///< in a conjunction
  static constexpr std::size_t most_conditions = 3;  ///< of a kernel
  static constexpr double significance = 1e-4;       ///< after the correction

  /// Findings count as failed; unsupported and mistrusted trials are not counted.
  void add(const TrialResult& result);
  /// Adds `count` trials that passed, of which only those in `known` are kept by name.
  void add_passes(std::span<const Trial> known, std::size_t count);

  /// Up to three conjunctions of up to three literals that separate failing from passing trials
  /// best, each on the failures that the ones before it do not explain. A conjunction is accepted
  /// when P times the number of conjunctions is below `significance`: Fisher's exact test with
  /// Bonferroni's correction. Of all conjunctions the one with the least P times the number of
  /// conjunctions of its length is taken, so that a further literal has to pay for itself.
  std::vector<FailureCondition> conditions() const;

 private:
  LiteralBits bits_of(const Trial& trial);
  void set_named(LiteralBits& bits, const std::string& name);

  std::vector<std::string> names_;  ///< of fills and checks: literals after those of the table
  std::vector<LiteralBits> failed_, passed_;
  std::size_t unknown_ = 0;  ///< other trials that passed
};

}  // namespace convict::reports
