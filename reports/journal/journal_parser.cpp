// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/errors.hpp"
#include "reports/journal/journal_lines.hpp"

namespace convict::reports {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double to_double(const Json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto& text = json.get_ref<const std::string&>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  throw InputError(fmt::format("'{}' is no number; it is a JSON number, nan, inf or -inf", text));
}

/// A whole number. JSON's own conversion cuts off fractions and wraps what does not fit.
template <class Integer>
Integer integer_from(const Json& json) {
  const bool fits = json.is_number_unsigned()  ? std::in_range<Integer>(json.get<std::uint64_t>())
                    : json.is_number_integer() ? std::in_range<Integer>(json.get<std::int64_t>())
                                               : false;
  if (!fits)
    throw InputError(fmt::format("{} is no whole number from {} to {}", text_of(json),
                                 std::numeric_limits<Integer>::min(),
                                 std::numeric_limits<Integer>::max()));
  return json.get<Integer>();
}
std::size_t count_from(const Json& json) { return integer_from<std::size_t>(json); }

template <class Integer>
Integer integer_at(const Json& json, const char* key) {
  return json.contains(key) ? integer_from<Integer>(json.at(key)) : 0;
}

std::map<std::string, std::size_t> counts_at(const Json& json, const char* key) {
  std::map<std::string, std::size_t> counts;
  if (json.contains(key))
    for (const auto& [name, count] : json.at(key).items()) counts[name] = count_from(count);
  return counts;
}

std::array<std::size_t, all_passes.size()> by_pass(const Json& json) {
  std::array<std::size_t, all_passes.size()> counts{};
  if (!json.is_array() || json.size() != counts.size())
    throw InputError(fmt::format("{} is not a list of {} numbers", text_of(json), counts.size()));
  std::ranges::transform(json, counts.begin(), count_from);
  return counts;
}

std::vector<index_t> index_from(const Json& json) {
  std::vector<index_t> index;
  for (const Json& position : json) index.push_back(integer_from<index_t>(position));
  return index;
}

Element element_from(const Json& json) {
  return {.index = index_from(json.at("index")),
          .subject = to_double(json.at("subject")),
          .truth = to_double(json.at("truth")),
          .bound = to_double(json.at("bound"))};
}

std::optional<Element> element_at(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  return element_from(json.at(key));
}

double double_at(const Json& json, const char* key) {
  return json.contains(key) ? to_double(json.at(key)) : 0.0;
}

Outcome outcome_from(const std::string& name) {
  for (const Outcome outcome : all_outcomes)
    if (name_of(outcome) == name) return outcome;
  throw InputError(fmt::format("outcome '{}' is unknown", name));
}

/// Journals of earlier versions do not tell how often kernels were called: each trial that was not
/// refused counts as one that ran, with one call.
run::Tally tally_from(const Json& json) {
  run::Tally tally;
  for (const auto& [name, count] : json.items()) {
    const auto other = std::ranges::find(
        run::call_counts, name, [](const auto& known) { return std::string(known.first); });
    (other != run::call_counts.end() ? tally.*other->second : tally[outcome_from(name)]) =
        count_from(count);
  }
  if (!json.contains("ran")) tally.ran = tally.total() - tally[Outcome::unsupported];
  if (!json.contains("calls")) tally.calls = tally.ran;
  return tally;
}

run::CountedResults counted_from(const Json& json) {
  run::CountedResults counted;
  counted.kernel = json.at("kernel");
  counted.tally = tally_from(json.at("tally"));
  counted.unsupported = counts_at(json, "unsupported");
  counted.not_tried = counts_at(json, "not_tried");
  for (const auto& [name, tally] : json.at("features").items())
    counted.features[name] = tally_from(tally);
  counted.worst_ratio = double_at(json, "worst_ratio");
  if (json.contains("worst_trial"))
    counted.worst_trial = parse_trial(json.at("worst_trial").get_ref<const std::string&>());
  counted.time_ms = double_at(json, "time_ms");
  if (json.contains("passed"))
    for (const Json& trial : json.at("passed"))
      counted.passed.push_back(parse_trial(trial.get_ref<const std::string&>()));
  return counted;
}

std::optional<Trial> trial_at(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  return parse_trial(json.at(key).get_ref<const std::string&>());
}

run::PairAgreement pair_from(const Json& json) {
  return {.first = json.at("first"),
          .second = json.at("second"),
          .shared = count_from(json.at("shared")),
          .same = count_from(json.at("same")),
          .same_wrong =
              integer_at<std::size_t>(json, "same_wrong"),  // 0 where earlier versions wrote it
          .both_right = count_from(json.at("both_right")),
          .one_wrong = count_from(json.at("one_wrong")),
          .uneven = count_from(json.at("uneven")),
          .steepest = double_at(json, "steepest"),
          .first_errs_more = json.value("first_errs_more", false),
          .uneven_trial = trial_at(json, "uneven_trial"),
          .same_wrong_trial = trial_at(json, "same_wrong_trial"),
          .one_wrong_trial = trial_at(json, "one_wrong_trial")};
}

std::uint64_t word_from(const Json& json) {
  const auto& text = json.get_ref<const std::string&>();
  std::uint64_t word = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), word, 16);
  if (error != std::errc{} || end != text.data() + text.size())
    throw InputError(fmt::format("'{}' is no hexadecimal number of 64 bits", text));
  return word;
}

Fingerprint fingerprint_at(const Json& json, const char* key) {
  if (!json.contains(key)) return {};
  const Json& parts = json.at(key);
  return {.operands = word_from(parts.at("operands")),
          .result = word_from(parts.at("result")),
          .error = double_at(parts, "error")};
}

run::FeatureCount feature_from(const Json& json) {
  run::FeatureCount feature;
  feature.name = json.at("name");
  feature.weight = to_double(json.at("weight"));
  feature.tried = by_pass(json.at("tried"));
  feature.ran = by_pass(json.at("ran"));
  feature.findings = count_from(json.at("findings"));
  return feature;
}

run::Checkpoint checkpoint_from(const Json& json) {
  run::Checkpoint checkpoint;
  checkpoint.trials = count_from(json.at("trials"));
  for (const Json& counted : json.at("counted"))
    checkpoint.counted.push_back(counted_from(counted));
  if (json.contains("pairs"))
    for (const Json& pair : json.at("pairs")) checkpoint.pairs.push_back(pair_from(pair));
  // A search of version 1 that was resumed has lines with the one key and lines with the other.
  const char* const features = json.contains("regimes") ? "regimes" : "features";
  for (const Json& feature : json.at(features))
    checkpoint.features.push_back(feature_from(feature));
  return checkpoint;
}

void require_known_version(const Json& version) {
  for (int known = oldest_journal_version; known <= journal_version; ++known)
    if (version == known) return;
  throw InputError(
      fmt::format("journal version {} is unknown; this program reads versions {} to {}",
                  text_of(version), oldest_journal_version, journal_version));
}

run::RunInfo run_from(const Json& json) {
  if (json.at("format") != journal_format)
    throw InputError(
        fmt::format("format is {}; it must be \"{}\"", text_of(json.at("format")), journal_format));
  require_known_version(json.at("version"));
  run::RunInfo info{.command = json.at("command"),
                    .arguments = json.at("arguments"),
                    .suite = json.at("suite"),
                    .seed = integer_from<std::uint64_t>(json.at("seed")),
                    .kernels = json.at("kernels").get<std::vector<std::string>>(),
                    .absent = {},
                    .trials = count_from(json.at("trials")),
                    .environment = {}};
  for (const auto& [key, value] : json.at("environment").items())
    info.environment.emplace_back(key, value.get<std::string>());
  if (json.contains("absent"))
    for (const auto& [kernel, why] : json.at("absent").items())
      info.absent.emplace_back(kernel, why.get<std::string>());
  if (json.contains("claims"))
    for (const auto& [kernel, claims] : json.at("claims").items())
      info.claims.emplace_back(kernel, claims.get<std::string>());
  if (json.contains("files"))
    for (const auto& [path, hash] : json.at("files").items())
      info.files.emplace_back(path, hash.get<std::string>());
  return info;
}

TrialResult result_from(const Json& json) {
  TrialResult result = {.kernel = json.at("kernel"),
                        .trial = parse_trial(json.at("trial").get_ref<const std::string&>()),
                        .verdict = {.outcome = outcome_from(json.at("outcome")),
                                    .layer = json.value("layer", ""),
                                    .reason = json.value("reason", ""),
                                    .elements = integer_at<index_t>(json, "elements"),
                                    .wrong = integer_at<index_t>(json, "wrong"),
                                    .worst_ratio = double_at(json, "worst_ratio"),
                                    .first = element_at(json, "first"),
                                    .worst = element_at(json, "worst"),
                                    .pattern = json.value("pattern", ""),
                                    .note = json.value("note", ""),
                                    .fingerprint = fingerprint_at(json, "fingerprint"),
                                    .zeros_pass = double_at(json, "zeros_pass")},
                        .time_ms = double_at(json, "time_ms")};
  if (json.contains("shrunk"))
    result.shrunk = parse_trial(json.at("shrunk").get_ref<const std::string&>());
  result.cluster = json.value("cluster", "");
  result.evidence = json.value("evidence", "");
  result.repeated = json.value("repeated", false);
  result.source = json.value("source", "");
  if (json.contains("calls")) result.calls = count_from(json.at("calls"));
  result.cause = json.value("cause", "");
  if (json.contains("replays")) {
    result.replays = integer_from<int>(json.at("replays").at("made"));
    result.came_back = integer_from<int>(json.at("replays").at("came_back"));
  }
  return result;
}

run::RunEnd end_from(const Json& json) {
  return {.tally = tally_from(json.at("tally")),
          .interrupted = json.at("interrupted"),
          .time_s = to_double(json.at("time_s")),
          .reason = json.value("reason", ""),
          .notes = json.value("notes", std::vector<std::string>())};
}

}  // namespace

JournalLine parse_line(std::string_view text) try {
  const Json json = Json::parse(text);
  const auto& type = json.at("type").get_ref<const std::string&>();
  if (type == "run") return run_from(json);
  if (type == "trial") return result_from(json);
  if (type == "checkpoint") return checkpoint_from(json);
  if (type == "end") return end_from(json);
  throw InputError(
      fmt::format("line type '{}' is unknown; it is run, trial, checkpoint or end", type));
} catch (const Json::exception& error) {
  throw InputError(error.what());
}

}  // namespace convict::reports
