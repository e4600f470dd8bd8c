// SPDX-License-Identifier: Apache-2.0
#include "oracle/checks/repeated_calls.hpp"

#include "oracle/checks/expectation.hpp"
#include "oracle/judge/judge.hpp"
#include "oracle/judge/judge_values.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {

std::optional<RepeatedProblem> RepeatedCalls::prepare(const Trial& trial) const {
  RepeatedProblem repeated{.known = make_case(trial, claims_)};
  if (repeated.known.fill->exact && !repeated.known.limits) return std::nullopt;
  return repeated;
}

std::optional<Verdict> RepeatedCalls::differs(const RepeatedProblem& repeated, const Called& called,
                                              const std::string& says) const {
  if (called.stored == repeated.first) return std::nullopt;
  const Problem problem = problem_of(repeated.known.trial);
  const BufferLayout decoder(problem, 0, 0);
  const std::vector<double> first = decoder.decode(repeated.first);
  Verdict verdict = verdict_on({.trial = repeated.known.trial,
                                .layer = history_layer,
                                .says = says,
                                .subject = called.values,
                                .expected = first});
  if (verdict.outcome == Outcome::fail) return verdict;
  return decided(Outcome::fail, history_layer,
                 says + ": only the bits differ (the sign of a zero)");
}

std::optional<Verdict> RepeatedCalls::judge(const RepeatedProblem& repeated, const Called& called,
                                            const std::string& says) {
  Verdict verdict = judge_values(repeated.known, claims_, called.stored).verdict;
  if (!verdict.reason.empty()) verdict.reason = says + ": " + verdict.reason;
  if (verdict.outcome == Outcome::fail) return verdict;
  verdict.layer = history_layer;
  if (!first_verdict_) first_verdict_ = std::move(verdict);
  return std::nullopt;
}

std::optional<Verdict> RepeatedCalls::call(RepeatedProblem& repeated, const Trial& how,
                                           const std::string& says, Expect expect,
                                           sandbox::Poison poison) {
  Called called = calls_(problem_of(how), repeated.known.operands, how.recipe, poison);
  if (called.verdict) {
    if (is_finding(called.verdict->outcome))
      called.verdict->reason = says + ": " + called.verdict->reason;
    return called.verdict;
  }
  const bool is_first = repeated.first.empty();
  const bool same_threads = how.recipe.threads == repeated.first_threads;
  const bool steady = claims_.deterministic && (same_threads || claims_.same_for_threads);
  const bool bits = !is_first && expect == Expect::same_bits && steady;
  auto verdict = bits ? differs(repeated, called, says) : judge(repeated, called, says);
  if (!is_first) return verdict;
  repeated.first = std::move(called.stored);
  repeated.first_threads = how.recipe.threads;
  repeated.workspace_bytes = called.workspace_bytes;
  return verdict;
}

Verdict RepeatedCalls::verdict() const {
  return first_verdict_ ? *first_verdict_ : unsupported(history_layer, "no call was made");
}

}  // namespace convict::oracle
