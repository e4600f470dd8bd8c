#include "oracle/checks/repeated_calls.hpp"

#include "oracle/checks/expectation.hpp"
#include "oracle/judge/judge.hpp"
#include "oracle/judge/judge_values.hpp"
#include "oracle/judge/layers.hpp"

namespace convict::oracle {
namespace {}  // namespace

std::optional<AskedProblem> RepeatedCalls::pose(const Trial& trial) const {
  AskedProblem posed{.known = make_case(trial, claims_)};
  if (posed.known.fill->exact && !posed.known.limits) return std::nullopt;
  return posed;
}

std::optional<Verdict> RepeatedCalls::differs(const AskedProblem& posed, const Called& called,
                                              const std::string& says) const {
  if (called.stored == posed.first) return std::nullopt;
  const Problem problem = problem_of(posed.known.trial);
  const BufferLayout decoder(problem, 0, 0);
  const std::vector<double> first = decoder.decode(posed.first);
  Verdict verdict = verdict_on({.trial = posed.known.trial,
                                .layer = history_layer,
                                .says = says,
                                .subject = called.values,
                                .demanded = first});
  if (verdict.outcome == Outcome::fail) return verdict;
  return decided(Outcome::fail, history_layer,
                 says + ": only the bits differ (the sign of a zero)");
}

std::optional<Verdict> RepeatedCalls::judge(const AskedProblem& posed, const Called& called,
                                            const std::string& says) {
  Verdict verdict = judge_values(posed.known, claims_, called.stored).verdict;
  if (!verdict.reason.empty()) verdict.reason = says + ": " + verdict.reason;
  if (verdict.outcome == Outcome::fail) return verdict;
  verdict.layer = history_layer;
  if (!conclusion_) conclusion_ = std::move(verdict);
  return std::nullopt;
}

std::optional<Verdict> RepeatedCalls::ask(AskedProblem& posed, const Trial& how,
                                          const std::string& says, Expect expect,
                                          sandbox::Poison poison) {
  Called called = calls_(problem_of(how), posed.known.operands, how.recipe, poison);
  if (called.verdict) {
    if (is_finding(called.verdict->outcome))
      called.verdict->reason = says + ": " + called.verdict->reason;
    return called.verdict;
  }
  const bool is_first = posed.first.empty();
  const bool bits = !is_first && expect == Expect::same_bits && claims_.deterministic;
  auto verdict = bits ? differs(posed, called, says) : judge(posed, called, says);
  if (!is_first) return verdict;
  posed.first = std::move(called.stored);
  posed.workspace_bytes = called.workspace_bytes;
  return verdict;
}

Verdict RepeatedCalls::conclusion() const {
  return conclusion_ ? *conclusion_ : unsupported(history_layer, "nothing was asked");
}

}  // namespace convict::oracle
