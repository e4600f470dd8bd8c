// SPDX-License-Identifier: Apache-2.0
#include "reports/summary/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/features.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

void count_features(KernelSummary& kernel, const TrialResult& result) {
  for (const std::size_t feature : features_of(result.trial)) kernel.features[feature].add(result);
  for (const std::string& name : named_features_of(result.trial)) kernel.named[name].add(result);
}

void keep_worst(KernelSummary& kernel, const TrialResult& result) {
  if (!is_worse(result.verdict.worst_ratio, kernel.worst_ratio)) return;
  kernel.worst_ratio = result.verdict.worst_ratio;
  kernel.worst_trial = result.trial;
}

void count_profile(KernelSummary& kernel, const TrialResult& result) {
  const Verdict& verdict = result.verdict;
  if (result.trial.recipe.check != "profile" || verdict.note.empty()) return;
  const std::string where =
      fmt::format("{} {}", name_of(result.trial.pass), name_of(result.trial.precision));
  kernel.profiles[verdict.note].insert(where);
  if (verdict.outcome == Outcome::fail) kernel.contradictions[verdict.reason].insert(where);
}

/// Counts by feature name, as journals keep them.
void add_features(KernelSummary& kernel, const std::map<std::string, run::Tally>& counted) {
  std::map<std::string, run::Tally> open = counted;
  for (std::size_t i = 0; i < features().size(); ++i)
    if (const auto known = open.find(name_of(features()[i])); known != open.end()) {
      kernel.features[i] += known->second;
      open.erase(known);
    }
  for (const auto& [name, tally] : open) kernel.named[name] += tally;
}

void add(std::vector<run::FeatureCount>& sums, const std::vector<run::FeatureCount>& features) {
  for (const run::FeatureCount& feature : features) {
    const auto known = std::ranges::find(sums, feature.name, &run::FeatureCount::name);
    if (known == sums.end()) {
      sums.push_back(feature);
      continue;
    }
    known->weight = feature.weight;
    known->findings += feature.findings;
    for (std::size_t pass = 0; pass < feature.ran.size(); ++pass) {
      known->tried[pass] += feature.tried[pass];
      known->ran[pass] += feature.ran[pass];
    }
  }
}

std::string other_outcomes(const run::Tally& tally) {
  std::string text;
  for (const Outcome outcome : {Outcome::mistrusted, Outcome::unsupported, Outcome::not_tried})
    if (tally[outcome] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "; " : ", ", grouped(tally[outcome]),
                          words_of(outcome));
  if (tally.uncalled > 0)
    text += fmt::format("{}{} without a call", text.empty() ? "; " : ", ", grouped(tally.uncalled));
  return text;
}

std::string absent_kernels(const Summary& summary) {
  std::set<std::string> names;
  for (const RunRecord& run : summary.runs)
    for (const auto& [kernel, why] : run.info.absent) names.insert(kernel);
  return names.empty() ? "" : fmt::format("; {} cannot run here", counted(names.size(), "kernel"));
}

std::string how_it_ended(const Summary& summary) {
  const auto unfinished = static_cast<std::size_t>(
      std::ranges::count_if(summary.runs, [](const RunRecord& run) { return !run.end; }));
  if (summary.interrupted()) return "Interrupted: ";
  for (const RunRecord& run : summary.runs)
    if (run.end && !run.end->reason.empty())
      return fmt::format("Ended early ({}): ", printable(run.end->reason));
  if (unfinished == 0) return "";
  if (summary.runs.size() == 1) return "Incomplete (the run was killed): ";
  return fmt::format("Incomplete ({} of {} runs were killed): ", unfinished, summary.runs.size());
}

}  // namespace

std::size_t Summary::kernels_with_findings() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      kernels, [](const KernelSummary& kernel) { return kernel.tally.findings() > 0; }));
}

bool Summary::interrupted() const {
  return std::ranges::any_of(runs,
                             [](const RunRecord& run) { return run.end && run.end->interrupted; });
}

bool Summary::incomplete() const {
  return std::ranges::any_of(runs, [](const RunRecord& run) { return !run.end; });
}

KernelSummary& Summarizer::kernel(const std::string& name) {
  const auto [entry, is_new] = index_.try_emplace(name, summary_.kernels.size());
  if (is_new) {
    KernelSummary& added = summary_.kernels.emplace_back();
    added.name = name;
    added.features.resize(features().size());
    trials_.emplace_back();
  }
  return summary_.kernels[entry->second];
}

void Summarizer::begin(const run::RunInfo& info) {
  summary_.runs.push_back({.info = info, .end = {}, .source = {}});
  earlier_features_ = summary_.features;
  for (const std::string& name : info.kernels) kernel(name);
  for (const auto& [name, claims] : info.claims) kernel(name).wide_claims = claims;
  agreement_.begin(info.kernels);
}

void Summarizer::trial(const TrialResult& result) {
  KernelSummary& of = kernel(result.kernel);
  trials_[index_.at(result.kernel)].add(result);
  agreement_.add(result);
  const Outcome outcome = result.verdict.outcome;
  summary_.tally.add(result);
  of.tally.add(result);
  if (result.source == regression_source) {
    summary_.regressions.add(result);
    of.regressions.add(result);
  }
  of.time_ms += result.time_ms;
  keep_worst(of, result);
  if (detail_.features) count_features(of, result);
  count_profile(of, result);
  if (outcome == Outcome::pass && result.verdict.layer == "bound" && result.verdict.worst_ratio > 0)
    of.pass_ratios.push_back(result.verdict.worst_ratio);
  if (outcome == Outcome::unsupported) ++of.unsupported[reason_text(result.verdict)];
  if (outcome == Outcome::not_tried) ++of.not_tried[reason_text(result.verdict)];
  if (zeros_would_pass(result.verdict)) ++of.zeros_would_pass;
  if (outcome == Outcome::mistrusted) ++of.mistrusted[reason_text(result.verdict)];
  if (is_finding(outcome) && of.findings.size() < detail_.findings_kept)
    of.findings.push_back(result);
}

void Summarizer::end(const run::RunEnd& end) {
  summary_.runs.back().end = end;
  conclude();
}

void Summarizer::conclude() {
  for (std::size_t i = 0; i < trials_.size(); ++i)
    summary_.kernels[i].conditions = trials_[i].conditions();
  summary_.pairs = agreement_.pairs();
}

void Summarizer::add(const run::CountedResults& counted) {
  KernelSummary& of = kernel(counted.kernel);
  summary_.tally += counted.tally;
  of.tally += counted.tally;
  of.time_ms += counted.time_ms;
  for (const auto& [reason, count] : counted.unsupported) of.unsupported[reason] += count;
  for (const auto& [reason, count] : counted.not_tried) of.not_tried[reason] += count;
  trials_[index_.at(counted.kernel)].add_passes(counted.passed, counted.tally[Outcome::pass]);
  if (detail_.features) add_features(of, counted.features);
  if (is_worse(counted.worst_ratio, of.worst_ratio)) {
    of.worst_ratio = counted.worst_ratio;
    of.worst_trial = counted.worst_trial;
  }
}

void Summarizer::checkpoint(const run::Checkpoint& checkpoint) {
  for (const run::CountedResults& counted : checkpoint.counted) add(counted);
  agreement_.add(checkpoint.pairs);
  summary_.features = earlier_features_;
  reports::add(summary_.features, checkpoint.features);
}

Summary summarize(std::span<const JournalData> journals) {
  Summarizer summarizer;
  for (const JournalData& journal : journals) {
    summarizer.begin(journal.info);
    for (const TrialResult& result : journal.results) summarizer.trial(result);
    summarizer.checkpoint(
        {.counted = journal.counted, .pairs = journal.pairs, .features = journal.features});
  }
  summarizer.conclude();
  Summary summary = summarizer.summary();
  for (std::size_t i = 0; i < journals.size(); ++i) {
    summary.runs[i].source = journals[i].path.string();
    summary.runs[i].end = journals[i].end;
  }
  return summary;
}

std::string regressions_text(const Summary& summary) {
  const run::Tally& tally = summary.regressions;
  if (tally.total() == 0) return "";
  const auto kernels = static_cast<std::size_t>(std::ranges::count_if(
      summary.kernels,
      [](const KernelSummary& kernel) { return kernel.regressions.findings() > 0; }));
  const std::string found = tally.findings() == 0
                                ? "no finding"
                                : fmt::format("{} in {}", counted(tally.findings(), "finding"),
                                              counted(kernels, "kernel"));
  return fmt::format("regressions: {} run first, {}{}", counted(tally.ran, "trial"), found,
                     other_outcomes(tally));
}

std::string verdict_text(const Summary& summary) {
  const std::size_t findings = summary.tally.findings();
  if (findings > 0)
    return fmt::format("{} in {}", counted(findings, "finding"),
                       counted(summary.kernels_with_findings(), "kernel"));
  return summary.ran() == 0 ? "Nothing ran" : "No finding";
}

std::string headline(const Summary& summary, std::string_view see) {
  const std::string kernels = how_it_ended(summary) + counted(summary.kernels.size(), "kernel");
  const std::string others = other_outcomes(summary.tally) + absent_kernels(summary);
  const bool has_findings = summary.tally.findings() > 0;
  if (summary.ran() == 0)
    return fmt::format("{}, nothing ran{}{}.", kernels,
                       has_findings ? ": " + verdict_text(summary) : "", others);
  const std::string found = has_findings ? verdict_text(summary) : "no finding";
  return fmt::format("{}, {} run: {}{}{}.", kernels, counted(summary.ran(), "trial"), found, others,
                     see.empty() ? "" : fmt::format("; see {}", printable(see)));
}

}  // namespace convict::reports
