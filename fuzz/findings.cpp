// SPDX-License-Identifier: Apache-2.0
#include "fuzz/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "fuzz/cluster.hpp"
#include "fuzz/evidence.hpp"
#include "fuzz/shrink/confirm.hpp"
#include "fuzz/shrink/shrink.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::fuzz {
namespace {

constexpr std::size_t passes_kept = 256;

/// Whether what a check says can depend on the problem that the experiment varies.
bool has_a_cause(const TrialResult& finding, const Trial& told) {
  const std::string& check = told.recipe.check;
  return finding.verdict.outcome != Outcome::hung && finding.replays == 0 && check != "profile" &&
         check != "power" && !why_invalid(told.spec);
}

const Trial& told_trial(const TrialResult& finding) {
  return finding.shrunk ? *finding.shrunk : finding.trial;
}

}  // namespace

Findings::Findings(std::span<const sandbox::Subject> subjects, FindingOptions options)
    : subjects_(subjects), options_(std::move(options)), own_(subjects.size()) {}

TrialResult Findings::completed(TrialResult result, std::size_t subject) {
  const std::string own = cluster_of(result.trial, result.verdict);
  const auto alias = alias_.find(result.kernel + '\n' + own);
  result.cluster = alias != alias_.end() ? alias->second : own;
  const bool past = options_.past != nullptr && options_.past->knows_cluster(result);
  result.repeated = alias != alias_.end() || past;
  if (!result.repeated) complete_first(result, subject);
  alias_.emplace(result.kernel + '\n' + own, result.cluster);
  return result;
}

void Findings::note_pass(const Trial& trial, std::size_t subject) {
  PerSubject& own = own_[subject];
  if (own.passed.size() < passes_kept) {
    own.passed.push_back(trial);
    return;
  }
  own.passed[own.next] = trial;
  own.next = (own.next + 1) % passes_kept;
}

void Findings::complete_first(TrialResult& result, std::size_t subject) {
  PerSubject& own = own_[subject];
  const sandbox::Subject& kernel = subjects_[subject];
  if (!own.sandbox) own.sandbox = kernel.open();
  const Confirmed confirmed =
      confirm(shrink_finding(result.trial, result.verdict, kernel, *own.sandbox, options_.shrink_s),
              result.verdict, kernel, *own.sandbox, options_.shrink_s);
  if (confirmed.trial != result.trial) result.shrunk = confirmed.trial;
  result.replays = confirmed.replays;
  result.came_back = confirmed.came_back;
  // Findings that shrink to the same problem are taken for the same fault.
  const auto [first, is_new] =
      by_minimum_.emplace(fmt::format("{} {} {}", result.kernel, to_string(confirmed.trial.spec),
                                      name_of(confirmed.trial.pass)),
                          result.cluster);
  result.cluster = first->second;
  result.repeated = !is_new;
  if (!is_new) return;
  if (options_.draw && options_.probe_s > 0 && has_a_cause(result, confirmed.trial))
    result.cause = cause_of(result, kernel, own);
  if (options_.evidence.empty()) return;
  const std::filesystem::path path = next_evidence();
  own.sandbox->renew();
  write_evidence(path, result, kernel, *own.sandbox);
  result.evidence = path.string();
}

/// A cause that was found for another finding and is true of this one is taken for its cause, too.
std::string Findings::cause_of(const TrialResult& result, const sandbox::Subject& subject,
                               PerSubject& own) {
  const Trial& told = told_trial(result);
  for (const Cause& known : own.causes)
    if (known.formula.holds(told) && known.failed_with == known.probes_with)
      return cause_text(known);
  Experiment experiment{
      .minimum = told, .fails = {}, .draw = options_.draw, .time_s = options_.probe_s};
  for (const Trial& passed : own.passed) experiment.known.push_back({passed, false});
  oracle::Cases cases;
  experiment.fails = [&](const Trial& trial) -> std::optional<bool> {
    const Outcome outcome = oracle::carry_out(trial, subject, *own.sandbox, cases).outcome;
    if (outcome == Outcome::pass) return false;
    return is_finding(outcome) ? std::optional(true) : std::nullopt;
  };
  const Cause cause = find_cause(experiment);
  own.sandbox->disturb(0);
  if (!cause.formula.terms.empty()) own.causes.push_back(cause);
  return cause_text(cause);
}

/// The first name that is free: a resumed search adds to what is there.
std::filesystem::path Findings::next_evidence() {
  std::error_code error;
  std::filesystem::create_directories(options_.evidence, error);
  if (error)
    throw EnvironmentError(fmt::format("cannot create the folder {}: {}",
                                       options_.evidence.string(), error.message()));
  for (;;) {
    std::filesystem::path path = options_.evidence / fmt::format("{:04}.h5", ++evidence_);
    if (!std::filesystem::exists(path)) return path;
  }
}

}  // namespace convict::fuzz
