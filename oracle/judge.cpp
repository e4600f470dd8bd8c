#include "oracle/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "oracle/arrangement.hpp"
#include "oracle/element_index.hpp"
#include "oracle/judge_values.hpp"

namespace convict::oracle {
namespace {

Verdict decided(Outcome outcome, std::string layer, std::string reason) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.layer = std::move(layer);
  verdict.reason = std::move(reason);
  return verdict;
}

/// The verdict on a call that did not return, or nothing.
std::optional<Verdict> verdict_on(const CallEnd& end) {
  switch (end.kind) {
    case CallEnd::Kind::returned: return std::nullopt;
    case CallEnd::Kind::failed:
      return decided(Outcome::fail, "custody", "reported failure: " + end.how);
    case CallEnd::Kind::crashed: return decided(Outcome::crashed, "custody", end.how);
    case CallEnd::Kind::hung: return decided(Outcome::hung, "custody", end.how);
  }
  return std::nullopt;
}

/// The raw results of two runs that differ in poison only.
struct TwoRuns {
  std::vector<std::byte> with_nan;
  std::vector<std::byte> with_finite;
};

/// Elements that still hold what memory was poisoned with, in both runs.
index_t never_written(const TwoRuns& runs, std::size_t element_bytes, index_t& first) {
  const auto holds = [&](const std::vector<std::byte>& stored, std::size_t at, Poison poison) {
    const auto begin = stored.begin() + static_cast<std::ptrdiff_t>(at * element_bytes);
    return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(element_bytes),
                       [&](std::byte byte) { return byte == static_cast<std::byte>(poison); });
  };
  index_t count = 0;
  for (std::size_t at = 0; at * element_bytes < runs.with_nan.size(); ++at) {
    if (!holds(runs.with_nan, at, Poison::nan) || !holds(runs.with_finite, at, Poison::finite))
      continue;
    if (count++ == 0) first = static_cast<index_t>(at);
  }
  return count;
}

/// Runs twice. A verdict if something other than the result's values is already wrong.
std::optional<Verdict> run_twice(const Case& known, const Problem& problem, Custody& custody,
                                 Arrangement& arrangement, TwoRuns& runs) {
  for (const Poison poison : {Poison::nan, Poison::finite}) {
    const std::span<std::byte> arena = custody.arena(arrangement.bytes());
    arrangement.prepare(arena, known.operands, poison);
    if (auto verdict = verdict_on(custody.run(problem, arrangement.placement()))) return verdict;
    if (auto what = arrangement.trespass(arena))
      return decided(Outcome::fail, "hygiene", std::move(*what));
    (poison == Poison::nan ? runs.with_nan : runs.with_finite) = arrangement.result(arena);
  }
  return std::nullopt;
}

std::string index_text(const Trial& trial, index_t at) {
  return fmt::format("({})", fmt::join(element_index(trial, at), ", "));
}

/// Unwritten elements, or two runs that disagree where the subject has no right to.
std::optional<Verdict> unclean(const Case& known, const Problem& problem, const Claims& claims,
                               const TwoRuns& runs) {
  const auto element_bytes = static_cast<std::size_t>(bytes_of(problem.precision));
  if (problem.beta == 0) {
    index_t first = 0;
    if (const index_t count = never_written(runs, element_bytes, first))
      return decided(
          Outcome::fail, "hygiene",
          fmt::format("{} of {} elements never written, first {}", count,
                      runs.with_nan.size() / element_bytes, index_text(known.trial, first)));
  }
  const bool must_agree = known.fill->exact || claims.deterministic;
  if (!must_agree || runs.with_nan == runs.with_finite) return std::nullopt;
  const auto [a, b] = std::ranges::mismatch(runs.with_nan, runs.with_finite);
  const auto at =
      static_cast<index_t>(static_cast<std::size_t>(a - runs.with_nan.begin()) / element_bytes);
  return decided(Outcome::fail, "hygiene",
                 fmt::format("two runs on the same operands differ, first at {}: it reads memory "
                             "that is not its own, or "
                             "is not deterministic",
                             index_text(known.trial, at)));
}

std::optional<Verdict> not_admitted(const Admission& admission) {
  if (auto verdict = verdict_on(admission.end)) return verdict;
  if (admission.refusal) return decided(Outcome::unsupported, "refusal", *admission.refusal);
  return std::nullopt;
}

Answer try_admitted(const Case& known, const Problem& problem, const Claims& claims,
                    Custody& custody, std::size_t workspace_bytes) {
  Arrangement arrangement(problem, known.trial.recipe.align, workspace_bytes);
  TwoRuns runs;
  if (auto verdict = run_twice(known, problem, custody, arrangement, runs))
    return {std::move(*verdict), {}, {}};
  std::vector<double> result = arrangement.decode(runs.with_nan);
  ValueVerdict values = judge_values(known, claims, result);
  // Runs may differ where no determinism is claimed; then the other one has to be right as well.
  if (values.verdict.outcome != Outcome::fail && runs.with_finite != runs.with_nan)
    values = judge_values(known, claims, arrangement.decode(runs.with_finite));
  if (auto verdict = unclean(known, problem, claims, runs)) {
    // What the values say is evidence for the reason, too.
    values.verdict.outcome = verdict->outcome;
    values.verdict.layer = std::move(verdict->layer);
    values.verdict.reason = std::move(verdict->reason);
  }
  return {std::move(values.verdict), std::move(result), std::move(values.wrong)};
}

}  // namespace

Problem problem_of(const Trial& trial) {
  return {.spec = trial.spec,
          .pass = trial.pass,
          .precision = trial.precision,
          .alpha = trial.recipe.alpha,
          .beta = trial.recipe.beta,
          .threads = trial.recipe.threads,
          .shapes = shapes_of(trial.spec, trial.recipe.layout, trial.recipe.pitch)};
}

Answer try_case(const Case& known, const Subject& subject, Custody& custody) {
  const Problem problem = problem_of(known.trial);
  const Admission admission = custody.admit(problem);
  if (auto verdict = not_admitted(admission)) return {std::move(*verdict), {}, {}};
  return try_admitted(known, problem, subject.row.claims, custody, admission.workspace_bytes);
}

Verdict run_trial(const Trial& trial, const Subject& subject, Custody& custody, Cases& cases) {
  const Problem problem = problem_of(trial);
  const Claims& claims = subject.row.claims;
  if (claims.required_alignment > 1 && trial.recipe.align % claims.required_alignment != 0)
    return decided(Outcome::unsupported, "refusal",
                   fmt::format("needs buffers aligned to {} elements", claims.required_alignment));
  const Admission admission = custody.admit(problem);
  if (auto verdict = not_admitted(admission)) return *verdict;

  const Case& known = cases.of(trial, claims);
  if (known.fill->exact && !known.limits)
    return decided(Outcome::mistrusted, "exact",
                   "too many products meet in one element for exact operands");
  return try_admitted(known, problem, claims, custody, admission.workspace_bytes).verdict;
}

}  // namespace convict::oracle
