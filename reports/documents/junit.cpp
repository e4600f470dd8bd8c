// SPDX-License-Identifier: Apache-2.0
#include "reports/documents/junit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <pugixml.hpp>

#include "core/errors.hpp"
#include "reports/tables/finding_clusters.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::size_t findings_per_case = 20;  ///< written out; the journal has them all

struct SuiteCounts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;
  double time_ms = 0;

  void add(const SuiteCounts& other) {
    tests += other.tests;
    failures += other.failures;
    skipped += other.skipped;
    time_ms += other.time_ms;
  }
};

/// No kernel computed anything in it, and nothing was found.
bool is_skipped(const Junit::Case& test) {
  return test.tally.ran == 0 && test.tally.uncalled == 0 && test.tally.findings() == 0;
}

SuiteCounts counts_of(const Junit::Suite& suite) {
  SuiteCounts counts;
  for (const auto& [name, test] : suite.cases)
    counts.add({.tests = 1,
                .failures = test.tally.findings() > 0 ? 1U : 0U,
                .skipped = is_skipped(test) ? 1U : 0U,
                .time_ms = test.time_ms});
  return counts;
}

void set(pugi::xml_node node, const char* attribute, const std::string& value) {
  node.append_attribute(attribute).set_value(printable(value).c_str());
}

void set(pugi::xml_node node, const SuiteCounts& counts) {
  set(node, "tests", fmt::format("{}", counts.tests));
  set(node, "failures", fmt::format("{}", counts.failures));
  set(node, "errors", "0");
  set(node, "skipped", fmt::format("{}", counts.skipped));
  set(node, "time", fmt::format("{:.6f}", counts.time_ms / 1000));
}

void set_text(pugi::xml_node node, const std::string& text) {
  node.append_child(pugi::node_pcdata).set_value(text.c_str());
}

std::string finding_text(const TrialResult& finding) {
  std::string text =
      fmt::format("{}: {}\n", name_of(finding.verdict.outcome), reason_text(finding.verdict));
  if (finding.verdict.first) text += element_text(*finding.verdict.first) + '\n';
  for (const std::string& line : cause_lines(finding)) text += line + '\n';
  return text + printable(replay_command(finding.kernel, repro_trial(finding))) + '\n';
}

std::string conditions_text(const Junit::Suite& suite) {
  std::string text;
  for (const std::string& condition : suite.conditions)
    text += fmt::format("{} {}\n", printable(suite.name), printable(condition));
  return text;
}

void add_failure(pugi::xml_node node, const Junit::Suite& suite, const Junit::Case& test) {
  const std::size_t count = test.tally.findings();
  const Verdict& first = test.findings.front().verdict;
  pugi::xml_node failure = node.append_child("failure");
  set(failure, "type", std::string(name_of(first.outcome)));
  set(failure, "message",
      fmt::format("{} of {}: {}", grouped(count), counted(test.tally.total(), "trial"),
                  reason_text(first)));
  std::string text = conditions_text(suite);
  if (!text.empty()) text += '\n';
  for (const TrialResult& finding : test.findings) text += finding_text(finding) + '\n';
  if (count > test.findings.size())
    text += fmt::format("... and {} more in the journal\n", grouped(count - test.findings.size()));
  set_text(failure, text);
}

std::string reasons_text(std::string_view outcome,
                         const std::map<std::string, std::size_t>& reasons) {
  std::string text;
  for (const auto& [reason, count] : reasons)
    text += fmt::format("{} {}: {}\n", grouped(count), outcome, printable(reason));
  return text;
}

std::string why_skipped(const Junit::Case& test) {
  for (const auto* const reasons : {&test.unsupported, &test.not_tried, &test.mistrusted})
    if (!reasons->empty()) return reasons->begin()->first;
  return "refused: see the output of the suite";
}

/// "12 trials, 24 calls of the kernel", and how many trials needed none.
std::string calls_text(const run::Tally& tally) {
  std::string text = fmt::format("{}, {} of the kernel", counted(tally.total(), "trial"),
                                 counted(tally.calls, "call"));
  if (tally.uncalled > 0) text += fmt::format(", {} without a call", grouped(tally.uncalled));
  return text + '\n';
}

void add_case(pugi::xml_node parent, const Junit::Suite& suite, const std::string& name,
              const Junit::Case& test) {
  pugi::xml_node node = parent.append_child("testcase");
  set(node, "classname", suite.name);
  set(node, "name", name);
  set(node, "time", fmt::format("{:.6f}", test.time_ms / 1000));
  if (!test.findings.empty()) add_failure(node, suite, test);
  if (is_skipped(test)) set(node.append_child("skipped"), "message", why_skipped(test));
  const std::string output = calls_text(test.tally) + reasons_text("mistrusted", test.mistrusted) +
                             reasons_text("unsupported", test.unsupported) +
                             reasons_text("not tried", test.not_tried);
  set_text(node.append_child("system-out"), output);
}

/// "forward f32 exact", "regression forward f32 exact"; "forward" or "must_refuse" of a search.
std::string case_name(const TrialResult& result, Junit::Cases cases) {
  const Trial& trial = result.trial;
  if (cases == Junit::Cases::by_pass)
    return why_invalid(trial.spec) ? "must_refuse" : std::string(name_of(trial.pass));
  return fmt::format("{}{}{} {} {}", result.source, result.source.empty() ? "" : " ",
                     name_of(trial.pass), name_of(trial.precision), trial.recipe.fill);
}

/// The test cases of trials that were only counted, and the features that journals count them by.
struct CountedCase {
  const char* name;
  std::string_view feature;
};
constexpr CountedCase counted_cases[] = {{"forward", "pass: forward"},
                                         {"grad_input", "pass: grad_input"},
                                         {"grad_weights", "pass: grad_weights"},
                                         {"must_refuse", "refusal: must_refuse"}};

}  // namespace

Junit::Suite& Junit::suite(const std::string& kernel) {
  const auto [entry, is_new] = index_.try_emplace(kernel, suites_.size());
  if (is_new)
    suites_.push_back(
        {.name = kernel, .cases = {}, .unsupported = {}, .not_tried = {}, .conditions = {}});
  return suites_[entry->second];
}

void Junit::begin(const run::RunInfo& info) {
  for (const std::string& kernel : info.kernels) suite(kernel);
  summarizer_.begin(info);
}

void Junit::checkpoint(const run::Checkpoint& checkpoint) {
  summarizer_.checkpoint(checkpoint);
  for (const run::CountedResults& counted : checkpoint.counted) {
    Suite& of = suite(counted.kernel);
    for (const auto& [reason, count] : counted.unsupported) of.unsupported[reason] += count;
    for (const auto& [reason, count] : counted.not_tried) of.not_tried[reason] += count;
    const double trial_ms =
        counted.time_ms / static_cast<double>(std::max<std::size_t>(counted.tally.total(), 1));
    for (const auto& [name, tally] : counted.features) {
      const auto at = std::ranges::find(counted_cases, name, &CountedCase::feature);
      if (at == std::end(counted_cases)) continue;
      Case& test = of.cases[at->name];
      test.tally += tally;
      test.time_ms += trial_ms * static_cast<double>(tally.total());
    }
  }
}

void Junit::trial(const TrialResult& result) {
  summarizer_.trial(result);
  const Verdict& verdict = result.verdict;
  Case& test = suite(result.kernel).cases[case_name(result, cases_)];
  test.tally.add(result);
  test.time_ms += result.time_ms;
  if (verdict.outcome == Outcome::unsupported) ++test.unsupported[reason_text(verdict)];
  if (verdict.outcome == Outcome::mistrusted) ++test.mistrusted[reason_text(verdict)];
  if (verdict.outcome == Outcome::not_tried) ++test.not_tried[reason_text(verdict)];
  if (is_finding(verdict.outcome) && test.findings.size() < findings_per_case)
    test.findings.push_back(result);
}

void Junit::end(const run::RunEnd& end) {
  summarizer_.end(end);
  for (const KernelSummary& kernel : summarizer_.summary().kernels)
    for (const FailureCondition& condition : kernel.conditions)
      suite(kernel.name).conditions.push_back(condition_text(condition));
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("testsuites");
  set(root, "name", "convict");
  SuiteCounts all;
  for (const Suite& suite : suites_) all.add(counts_of(suite));
  set(root, all);
  for (const Suite& suite : suites_) {
    pugi::xml_node node = root.append_child("testsuite");
    set(node, "name", suite.name);
    set(node, counts_of(suite));
    for (const auto& [name, test] : suite.cases) add_case(node, suite, name, test);
    const std::string output = conditions_text(suite) +
                               reasons_text("unsupported", suite.unsupported) +
                               reasons_text("not tried", suite.not_tried);
    if (!output.empty()) set_text(node.append_child("system-out"), output);
  }
  errno = 0;
  if (!document.save_file(path_.c_str(), "  "))
    throw EnvironmentError(
        fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
}

}  // namespace convict::reports
