// SPDX-License-Identifier: Apache-2.0
#include "reports/documents/summary_json.hpp"

#include <algorithm>
#include <numbers>

#include "reports/agreement.hpp"
#include "reports/features.hpp"
#include "reports/json.hpp"
#include "reports/summary/claim_remarks.hpp"
#include "reports/tables/agreement_table.hpp"
#include "reports/tables/finding_clusters.hpp"
#include "reports/tables/kernel_table.hpp"
#include "reports/tables/refusals.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::size_t reasons_in_totals = 10;
constexpr std::size_t findings_in_page = 20'000;  ///< of all kernels: about 10 MB of HTML

Json named_counts(const run::Tally& tally) {
  Json json = Json::object();
  for (const Outcome outcome : all_outcomes) json[std::string(name_of(outcome))] = tally[outcome];
  json["uncalled"] = tally.uncalled;
  return json;
}

/// Most trials first.
Json reasons_of(const std::map<std::string, std::size_t>& reasons, std::size_t most) {
  Json json = Json::array();
  for (const auto& [reason, count] : most_frequent(reasons, most)) json.push_back({reason, count});
  return json;
}

Json worst_trial(const KernelSummary& kernel) {
  return kernel.worst_trial ? Json(to_string(*kernel.worst_trial)) : Json(nullptr);
}

Json conditions_of(const KernelSummary& kernel) {
  Json json = Json::array();
  for (const FailureCondition& condition : kernel.conditions)
    json.push_back({{"literals", condition.literals},
                    {"failed", condition.counts.failed_inside},
                    {"trials", condition.counts.inside()},
                    {"failed_elsewhere", condition.counts.failed_outside},
                    {"trials_elsewhere", condition.counts.outside()},
                    {"log10_p", condition.log_p / std::numbers::ln10}});
  return json;
}

Json profiles_of(const KernelSummary& kernel) {
  Json json = Json::array();
  for (const auto& [profile, where] : kernel.profiles)
    json.push_back({{"profile", printable(profile)}, {"found_in", where}});
  return json;
}

Json agreement_of(std::span<const run::PairAgreement> pairs) {
  Json list = Json::array();
  for (const run::PairAgreement& pair : pairs)
    list.push_back({{"first", printable(pair.first)},
                    {"second", printable(pair.second)},
                    {"shared", pair.shared},
                    {"same", pair.same},
                    {"both_right", pair.both_right},
                    {"one_wrong", pair.one_wrong},
                    {"both_wrong", pair.both_wrong() + pair.same_wrong},
                    {"same_wrong", pair.same_wrong},
                    {"uneven", pair.uneven},
                    {"note", agreement_note(pair)}});
  return {{"groups", agreeing_groups(pairs)}, {"pairs", std::move(list)}};
}

Json coverage_of(std::span<const run::FeatureCount> features) {
  Json json = Json::array();
  for (const run::FeatureCount& feature : features) {
    Json ran = Json::array();
    for (const Pass pass : all_passes) ran.push_back(coverage_text(feature, pass));
    json.push_back(
        {{"name", feature.name}, {"ran", std::move(ran)}, {"findings", feature.findings}});
  }
  return json;
}

/// The causes of the kernel's findings, each once.
Json causes_of(const KernelSummary& kernel) {
  Json json = Json::array();
  for (const TrialResult& finding : kernel.findings)
    if (!finding.cause.empty() && std::ranges::find(json, Json(finding.cause)) == json.end())
      json.push_back(finding.cause);
  return json;
}

Json totals_of(const KernelSummary& kernel) {
  return {{"name", kernel.name},
          {"calls", kernel.tally.calls},
          {"ran", kernel.ran()},
          {"tally", named_counts(kernel.tally)},
          {"findings", kernel.tally.findings()},
          {"regressions", named_counts(kernel.regressions)},
          {"unsupported", reasons_of(kernel.unsupported, reasons_in_totals)},
          {"not_tried", reasons_of(kernel.not_tried, reasons_in_totals)},
          {"conditions", conditions_of(kernel)},
          {"causes", causes_of(kernel)},
          {"profiles", profiles_of(kernel)},
          {"claim_remarks", claim_remarks(kernel)},
          {"worst_ratio", number(kernel.worst_ratio)},
          {"worst_trial", worst_trial(kernel)},
          {"time_ms", number(kernel.time_ms)}};
}

// The page's form: counts as arrays in the order of all_outcomes, then of run::call_counts.

Json counts_of(const run::Tally& tally) {
  Json json = tally.counts;
  for (const auto& [name, count] : run::call_counts) json.push_back(tally.*count);
  return json;
}

Json run_of(const RunRecord& run) {
  Json environment = Json::array();
  for (const auto& [key, value] : run.info.environment) environment.push_back({key, value});
  for (const std::string& line : absence_lines(run.info)) environment.push_back({"not run", line});
  return {{"source", run.source},
          {"command", run.info.command},
          {"arguments", run.info.arguments},
          {"suite", run.info.suite},
          {"seed", std::to_string(run.info.seed)},  // a JavaScript number has 53 bits only
          {"trials", run.info.trials},
          {"environment", std::move(environment)},
          {"ended", run.end.has_value()},
          {"interrupted", run.end && run.end->interrupted},
          {"time_s", run.end ? number(run.end->time_s) : Json(nullptr)}};
}

Json element_of(const std::optional<Element>& element) {
  return element ? Json(element_text(*element)) : Json(nullptr);
}

Json finding_of(const TrialResult& result) {
  const Verdict& verdict = result.verdict;
  return {{"trial", to_string(result.trial)},
          {"outcome", name_of(verdict.outcome)},
          {"layer", layer_phrase(verdict.layer)},
          {"reason", reason_text(verdict)},
          {"elements", verdict.elements},
          {"wrong", verdict.wrong},
          {"ratio", ratio_text(verdict.worst_ratio)},
          {"first", element_of(verdict.first)},
          {"worst", element_of(verdict.worst)},
          {"replay", replay_command(result.kernel, repro_trial(result))},
          {"cause", cause_lines(result)},
          {"shrunk_from", result.shrunk ? to_string(result.trial) : ""},
          {"evidence", result.evidence},
          {"features", features_of(result.trial)},
          {"named", named_features_of(result.trial)},
          {"source", result.source}};
}

Json kernel_of(const KernelSummary& kernel, std::size_t findings_shown) {
  Json features = Json::array();
  for (const run::Tally& tally : kernel.features) features.push_back(counts_of(tally));
  Json named = Json::object();
  for (const auto& [name, tally] : kernel.named) named[name] = counts_of(tally);
  Json conditions = Json::array();
  for (const FailureCondition& condition : kernel.conditions)
    conditions.push_back(printable(condition_text(condition)));
  Json findings = Json::array();
  for (std::size_t i = 0; i < std::min(findings_shown, kernel.findings.size()); ++i)
    findings.push_back(finding_of(kernel.findings[i]));
  return {{"name", kernel.name},
          {"counts", counts_of(kernel.tally)},
          {"ratio", ratio_text(kernel.worst_ratio)},
          {"outside", is_worse(kernel.worst_ratio, 1)},
          {"worst_trial", worst_trial(kernel)},
          {"time_ms", number(kernel.time_ms)},
          {"features", std::move(features)},
          {"named", std::move(named)},
          {"unsupported", reasons_of(kernel.unsupported, kernel.unsupported.size())},
          {"mistrusted", reasons_of(kernel.mistrusted, kernel.mistrusted.size())},
          {"not_tried", reasons_of(kernel.not_tried, kernel.not_tried.size())},
          {"zeros_would_pass", kernel.zeros_would_pass},
          {"conditions", std::move(conditions)},
          {"profiles", profiles_of(kernel)},
          {"claim_remarks", claim_remarks(kernel)},
          {"findings", std::move(findings)}};
}

/// The same with every string, names of members included, as it may be shown to people.
Json shown(const Json& json) {
  if (json.is_string()) return printable(json.get_ref<const std::string&>());
  if (!json.is_structured()) return json;
  Json made = json.is_array() ? Json::array() : Json::object();
  for (const auto& [name, part] : json.items())
    if (json.is_array())
      made.push_back(shown(part));
    else
      made[printable(name)] = shown(part);
  return made;
}

std::string escaped_for_script(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char letter : json) {
    if (letter == '<')
      text += "\\u003c";
    else
      text += letter;
  }
  return text;
}

}  // namespace

std::string totals_json(const Summary& summary) {
  Json kernels = Json::array();
  for (const KernelSummary& kernel : summary.kernels) kernels.push_back(totals_of(kernel));
  Json json = {{"format", "convict-totals"}, {"version", 1}};
  if (!summary.runs.empty()) {
    const RunRecord& run = summary.runs.back();
    json["command"] = run.info.command;
    json["arguments"] = run.info.arguments;
    json["suite"] = run.info.suite;
    json["seed"] = run.info.seed;
    json["time_s"] = run.end ? number(run.end->time_s) : Json(nullptr);
  }
  json["interrupted"] = summary.interrupted();
  json["trials"] = summary.tally.total();
  json["calls"] = summary.tally.calls;
  json["ran"] = summary.ran();
  json["findings"] = summary.tally.findings();
  json["tally"] = named_counts(summary.tally);
  json["regressions"] = named_counts(summary.regressions);
  json["kernels"] = std::move(kernels);
  json["agreement"] = agreement_of(summary.pairs);
  return dump(json);
}

std::string page_json(const Summary& summary) {
  const std::size_t sharing = std::max<std::size_t>(summary.kernels_with_findings(), 1);
  const std::size_t findings_shown = std::max<std::size_t>(findings_in_page / sharing, 100);
  Json runs = Json::array();
  for (const RunRecord& run : summary.runs) runs.push_back(run_of(run));
  Json names = Json::array();
  for (const Feature& feature : features()) names.push_back({feature.group, feature.name});
  Json kernels = Json::array();
  for (const KernelSummary& kernel : summary.kernels)
    kernels.push_back(kernel_of(kernel, findings_shown));
  Json counts = Json::array();
  for (const Outcome outcome : all_outcomes) counts.push_back(name_of(outcome));
  for (const auto& [name, count] : run::call_counts) counts.push_back(name);
  return escaped_for_script(dump(shown({{"counts", std::move(counts)},
                                        {"features", std::move(names)},
                                        {"runs", std::move(runs)},
                                        {"kernels", std::move(kernels)},
                                        {"regressions", regressions_text(summary)},
                                        {"notes", kernel_table_notes(summary)},
                                        {"refusals", refusal_notes(summary)},
                                        {"coverage", coverage_of(summary.features)},
                                        {"agreement", agreement_of(summary.pairs)}})));
}

}  // namespace convict::reports
