// SPDX-License-Identifier: Apache-2.0
#include "reports/journal/journal_lines.hpp"

#include <fmt/format.h>

#include "reports/json.hpp"

namespace convict::reports {
namespace {

Json json_of(const Element& element) {
  return {{"index", element.index},
          {"subject", number(element.subject)},
          {"truth", number(element.truth)},
          {"bound", number(element.bound)}};
}

/// Without the outcomes that did not occur.
Json json_of(const run::Tally& tally) {
  Json json = Json::object();
  for (const Outcome outcome : all_outcomes)
    if (tally[outcome] > 0) json[std::string(name_of(outcome))] = tally[outcome];
  for (const auto& [name, count] : run::call_counts) json[std::string(name)] = tally.*count;
  return json;
}

Json json_of(const run::CountedResults& counted) {
  Json features = Json::object();
  for (const auto& [name, tally] : counted.features) features[name] = json_of(tally);
  Json json = {{"kernel", counted.kernel}, {"tally", json_of(counted.tally)}};
  if (!counted.unsupported.empty()) json["unsupported"] = counted.unsupported;
  if (!counted.not_tried.empty()) json["not_tried"] = counted.not_tried;
  json["features"] = std::move(features);
  if (counted.worst_trial) {
    json["worst_ratio"] = number(counted.worst_ratio);
    json["worst_trial"] = to_string(*counted.worst_trial);
  }
  json["time_ms"] = number(counted.time_ms);
  for (const Trial& trial : counted.passed) json["passed"].push_back(to_string(trial));
  return json;
}

void put_trial(Json& json, const char* key, const std::optional<Trial>& trial) {
  if (trial) json[key] = to_string(*trial);
}
/// Two wrong results have trial lines of their own, so that no pair of them is counted here.
Json json_of(const run::PairAgreement& pair) {
  Json json = {{"first", pair.first},           {"second", pair.second},
               {"shared", pair.shared},         {"same", pair.same},
               {"both_right", pair.both_right}, {"one_wrong", pair.one_wrong},
               {"uneven", pair.uneven}};
  if (pair.uneven > 0) {
    json["steepest"] = number(pair.steepest);
    json["first_errs_more"] = pair.first_errs_more;
  }
  put_trial(json, "uneven_trial", pair.uneven_trial);
  put_trial(json, "one_wrong_trial", pair.one_wrong_trial);
  return json;
}

/// Hexadecimal, since many readers of JSON keep 53 bits of a number.
Json json_of(const Fingerprint& fingerprint) {
  Json json = {{"operands", fmt::format("{:x}", fingerprint.operands)},
               {"result", fmt::format("{:x}", fingerprint.result)}};
  if (fingerprint.error != 0) json["error"] = number(fingerprint.error);
  return json;
}

/// How often a finding that does not always come back was carried out again, and failed.
struct Replays {
  int made = 0;
  int came_back = 0;
};
Json json_of(const Replays& replays) {
  return {{"made", replays.made}, {"came_back", replays.came_back}};
}

Json json_of(const run::FeatureCount& feature) {
  return {{"name", feature.name},
          {"weight", number(feature.weight)},
          {"tried", feature.tried},
          {"ran", feature.ran},
          {"findings", feature.findings}};
}

}  // namespace

std::string line_of(const run::RunInfo& info) {
  Json environment = Json::object();
  for (const auto& [key, value] : info.environment) environment[key] = value;
  Json absent = Json::object();
  for (const auto& [kernel, why] : info.absent) absent[kernel] = why;
  Json json = {{"type", "run"},
               {"format", journal_format},
               {"version", journal_version},
               {"command", info.command},
               {"arguments", info.arguments},
               {"suite", info.suite},
               {"seed", info.seed},
               {"kernels", info.kernels},
               {"absent", std::move(absent)},
               {"trials", info.trials},
               {"environment", std::move(environment)}};
  for (const auto& [kernel, claims] : info.claims) json["claims"][kernel] = claims;
  for (const auto& [path, hash] : info.files) json["files"][path] = hash;
  return dump(json);
}

std::string line_of(const TrialResult& result) {
  const Verdict& verdict = result.verdict;
  Json json = {{"type", "trial"},
               {"kernel", result.kernel},
               {"trial", to_string(result.trial)},
               {"outcome", name_of(verdict.outcome)}};
  if (!verdict.layer.empty()) json["layer"] = verdict.layer;
  if (!verdict.reason.empty()) json["reason"] = verdict.reason;
  if (!verdict.pattern.empty()) json["pattern"] = verdict.pattern;
  if (!verdict.note.empty()) json["note"] = verdict.note;
  if (verdict.elements != 0) json["elements"] = verdict.elements;
  if (verdict.wrong != 0) json["wrong"] = verdict.wrong;
  if (verdict.worst_ratio != 0) json["worst_ratio"] = number(verdict.worst_ratio);
  if (verdict.zeros_pass != 0) json["zeros_pass"] = number(verdict.zeros_pass);
  if (verdict.first) json["first"] = json_of(*verdict.first);
  if (verdict.worst) json["worst"] = json_of(*verdict.worst);
  if (verdict.fingerprint != Fingerprint{}) json["fingerprint"] = json_of(verdict.fingerprint);
  if (result.time_ms != 0) json["time_ms"] = number(result.time_ms);
  if (result.shrunk) json["shrunk"] = to_string(*result.shrunk);
  if (!result.cluster.empty()) json["cluster"] = result.cluster;
  if (!result.evidence.empty()) json["evidence"] = result.evidence;
  if (result.repeated) json["repeated"] = true;
  if (!result.source.empty()) json["source"] = result.source;
  if (result.calls) json["calls"] = *result.calls;
  if (!result.cause.empty()) json["cause"] = result.cause;
  if (result.replays != 0) json["replays"] = json_of(Replays{result.replays, result.came_back});
  return dump(json);
}

std::string line_of(const run::Checkpoint& checkpoint) {
  Json counted = Json::array();
  for (const run::CountedResults& of : checkpoint.counted) counted.push_back(json_of(of));
  Json features = Json::array();
  for (const run::FeatureCount& feature : checkpoint.features) features.push_back(json_of(feature));
  Json json = {
      {"type", "checkpoint"}, {"trials", checkpoint.trials}, {"counted", std::move(counted)}};
  for (const run::PairAgreement& pair : checkpoint.pairs) json["pairs"].push_back(json_of(pair));
  json["features"] = std::move(features);
  return dump(json);
}

std::string line_of(const run::RunEnd& end) {
  Json tally = Json::object();
  for (const Outcome outcome : all_outcomes)
    tally[std::string(name_of(outcome))] = end.tally[outcome];
  for (const auto& [name, count] : run::call_counts) tally[std::string(name)] = end.tally.*count;
  Json json = {{"type", "end"},
               {"tally", std::move(tally)},
               {"interrupted", end.interrupted},
               {"time_s", number(end.time_s)}};
  if (!end.reason.empty()) json["reason"] = end.reason;
  if (!end.notes.empty()) json["notes"] = end.notes;
  return dump(json);
}

}  // namespace convict::reports
