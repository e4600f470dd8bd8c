// SPDX-License-Identifier: Apache-2.0
#include "fuzz/causes/find_cause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "fuzz/causes/fit.hpp"
#include "fuzz/causes/variants.hpp"

namespace convict::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

class Search {
 public:
  explicit Search(const Experiment& experiment)
      : experiment_(experiment),
        variants_(experiment.minimum, experiment.minimum.recipe.seed + 1),
        end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(experiment.time_s))) {}

  Cause run() {
    Trial whole = experiment_.minimum;
    whole.recipe.only = {};
    if (!ask(whole, true).value_or(false)) return {};
    failing_.push_back(whole);
    for (const Probe& probe : experiment_.known)
      if (probe.trial.recipe.check == whole.recipe.check && !why_invalid(probe.trial.spec))
        observe(probe.trial, probe.failed);
    for (const Trial& trial : variants_.single_changes()) ask(trial, false);
    for (int i = 0; i < first_draws; ++i) ask(drawn(), false);
    refit();
    for (int calm = 0; calm < calm_rounds && !over();) calm = challenge() == 0 ? calm + 1 : 0;
    return conclude();
  }

 private:
  static constexpr int first_draws = 40;
  static constexpr int calm_rounds = 4;
  static constexpr int inside_each = 6;
  static constexpr int draws_each = 3;
  static constexpr int around_each = 4;
  static constexpr int shared_each = 12;
  static constexpr int tries_each = 150;

  bool over() const { return probes_ >= experiment_.most_probes || Clock::now() >= end_; }

  void observe(const Trial& trial, bool failed) {
    observations_.push_back({facts_of(trial), failed});
    if (failed && failing_.size() < most_bases) failing_.push_back(trial);
  }

  /// Carries out a trial and notes the outcome. One that is expected to fail is tried on other data
  /// before it is believed to pass: a fault may leave a result right by chance.
  std::optional<bool> ask(const Trial& trial, bool expected) {
    constexpr int most_tries = 3;
    if (over()) return std::nullopt;
    Trial asked = trial;
    std::optional<bool> failed;
    for (int i = 0; i < (expected ? most_tries : 1); ++i) {
      const std::optional<bool> answer = experiment_.fails(asked);
      ++asks_;
      if (answer) failed = failed.value_or(false) || *answer;
      if (!answer || *answer) break;
      ++asked.recipe.seed;
    }
    if (asks_ % refusals_for_a_probe == 0 || failed) ++probes_;
    if (failed) observe(trial, *failed);
    return failed;
  }

  /// The next of those that the search draws which this experiment can afford.
  Trial drawn() {
    for (int i = 0; i < tries_each; ++i) {
      Trial trial = experiment_.draw(drawn_++);
      if (why_invalid(trial.spec) || !variants_.affordable(trial)) continue;
      trial.recipe.check = experiment_.minimum.recipe.check;
      trial.recipe.disturb = experiment_.minimum.recipe.disturb;
      trial.recipe.only = {};
      return trial;
    }
    return experiment_.minimum;
  }

  void refit() { fit_ = fit(observations_); }

  const Trial& base() { return variants_.draws().one_of(failing_); }

  /// A trial for which `wanted` holds, from crossing or changing one that failed.
  template <class Wanted>
  std::optional<Trial> variant(const Trial& from, Wanted wanted) {
    if (over()) return std::nullopt;
    const Trial other = drawn();
    for (int i = 0; i < tries_each; ++i) {
      const double kept = 0.2 + 0.75 * i / tries_each;
      auto trial = i % 2 == 0 ? variants_.cross(from, other, kept) : variants_.change(from, other);
      if (trial && wanted(facts_of(*trial))) return trial;
    }
    return std::nullopt;
  }

  /// Tries to refute the formula; the number of probes that did. The formula is fitted again when
  /// there are any.
  int challenge() {
    int refuted = 0;
    const Formula formula = fit_.formula;
    const std::vector<Term> common = fit_.common;
    std::vector<Trial> exceptions;  // satisfy the formula and pass
    std::vector<Trial> surprises;   // fail without satisfying it
    const auto probe = [&](const std::optional<Trial>& trial) {
      if (!trial) return;
      const bool expected = formula.holds(*trial);
      const auto failed = ask(*trial, expected);
      if (!failed || *failed == expected) return;
      ++refuted;
      (expected ? exceptions : surprises).push_back(*trial);
    };
    for (std::size_t t = 0; t < formula.terms.size(); ++t) {
      const Term& term = formula.terms[t];
      const auto inside = [&](const FactValues& facts) { return holds(term, facts); };
      for (int i = 0; i < inside_each; ++i) probe(variant(base(), inside));
      // All that failed so far shares more than the term says: does it matter?
      for (int i = 0; i < shared_each && !common[t].empty(); ++i) {
        const Literal& shared = variants_.draws().one_of(common[t]);
        probe(variant(base(), [&](const FactValues& facts) {
          return !shared.holds(facts) && inside(facts);
        }));
      }
      for (const Literal& literal : term)
        probe(variant(base(), [&](const FactValues& facts) {
          return !literal.holds(facts) && std::ranges::all_of(term, [&](const Literal& other) {
            return other == literal || other.holds(facts);
          });
        }));
    }
    for (int i = 0; i < draws_each; ++i) probe(drawn());
    // What an exception has that lets it pass, others like it have too.
    const std::vector<Trial> first_exceptions = exceptions;
    for (const Trial& exception : first_exceptions)
      for (int i = 0; i < around_each; ++i)
        probe(variant(exception, [&](const FactValues& facts) { return formula.holds(facts); }));
    const std::vector<Trial> first_surprises = surprises;
    for (const Trial& surprise : first_surprises)
      for (int i = 0; i < around_each; ++i)
        probe(variant(surprise, [&](const FactValues& facts) { return !formula.holds(facts); }));
    if (refuted > 0 || formula.terms.empty()) refit();
    return refuted;
  }

  Cause conclude() {
    refit();
    Cause cause{.formula = fit_.formula};
    for (const Observation& observation : observations_) {
      const bool with = cause.formula.holds(observation.facts);
      (with ? cause.probes_with : cause.probes_without) += 1;
      if (observation.failed) (with ? cause.failed_with : cause.failed_without) += 1;
    }
    return cause;
  }

  static constexpr std::size_t most_bases = 200;
  static constexpr std::size_t refusals_for_a_probe = 8;

  const Experiment& experiment_;
  Variants variants_;
  Clock::time_point end_;
  std::vector<Observation> observations_;
  std::vector<Trial> failing_;
  Fit fit_;
  std::size_t probes_ = 0;
  std::size_t asks_ = 0;
  std::size_t drawn_ = 0;
};

}  // namespace

Cause find_cause(const Experiment& experiment) { return Search(experiment).run(); }

std::string cause_text(const Cause& cause) {
  const std::size_t failed = cause.failed_with + cause.failed_without;
  const std::size_t probes = cause.probes_with + cause.probes_without;
  if (probes == 0) return "";
  // A formula with many literals fits anything.
  constexpr std::size_t most_literals = 12;
  std::size_t literals = 0;
  for (const Term& term : cause.formula.terms) literals += term.size();
  const bool explains = 2 * cause.failed_with >= failed && literals <= most_literals;
  const bool contrasts =
      cause.failed_with * cause.probes_without >= 2 * cause.failed_without * cause.probes_with;
  const bool separates = !cause.formula.terms.empty() && explains && contrasts &&
                         4 * cause.failed_with >= 3 * cause.probes_with;
  if (!separates)
    return fmt::format("no condition found that separates the {} of {} probes that fail", failed,
                       probes);
  if (cause.formula.text() == "everywhere")
    return fmt::format("fails everywhere: in {} of {} probes", failed, probes);
  return fmt::format("fails {} {}: in {} of {} probes with it, in {} of {} without",
                     10 * cause.failed_with >= 9 * cause.probes_with ? "where" : "more often where",
                     cause.formula.text(), cause.failed_with, cause.probes_with,
                     cause.failed_without, cause.probes_without);
}

}  // namespace convict::fuzz
