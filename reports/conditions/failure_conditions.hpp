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

/// Where a kernel fails: trials that have all of some properties.
struct FailureCondition {
  std::vector<std::string> literals{};  ///< all of them; none: every trial fails
  FourCounts counts{};                  ///< without the failures of the conditions before it
  double log_p = 0;      ///< ln P of Fisher's test times the conjunctions that were tried
  bool sampled = false;  ///< only some of the trials that passed are among the counts
};

/// "fails iff dilation > 1 and groups > 1: 37 of 37 trials, 0 of 412 elsewhere". It is "fails
/// where" when some fail elsewhere or some pass there, "fails more often where" when most pass
/// there.
std::string condition_text(const FailureCondition& condition);

/// What one kernel did on many trials, remembered as one word of bits each.
class ConditionTrials {
 public:
  static constexpr std::size_t most_literals = 3;    ///< in a conjunction
  static constexpr std::size_t most_conditions = 3;  ///< of a kernel
  static constexpr double significance = 1e-4;       ///< after the correction

  /// Findings fail, passes pass; what was refused or is mistrusted says nothing.
  void add(const TrialResult& result);
  /// Trials that passed, of which only some are known.
  void add_passes(std::span<const Trial> known, std::size_t count);

  /// The conjunctions of up to three literals that separate failing from passing trials best, each
  /// by what the ones before it leave unexplained, as long as chance does so with a probability
  /// below `significance`: Fisher's exact test with Bonferroni's correction, P times the number of
  /// conjunctions there are. Among conjunctions the one with the least P times the number of its
  /// length's is taken, so that a further literal has to pay for itself.
  std::vector<FailureCondition> conditions() const;

 private:
  LiteralBits bits_of(const Trial& trial);
  void set_named(LiteralBits& bits, const std::string& name);

  std::vector<std::string> names_;  ///< of the literals behind the table's
  std::vector<LiteralBits> failed_, passed_;
  std::size_t unknown_ = 0;  ///< other trials that passed
};

}  // namespace convict::reports
