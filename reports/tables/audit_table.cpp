// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/audit_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "oracle/checks/checks.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

using mutants::Audit;
using mutants::Kills;
using mutants::MutantAudit;
using mutants::RightKernelAudit;

/// The columns of the printed matrix: the layers of the judge, and the other checks by their layer.
constexpr std::array<std::string_view, 8> groups = {
    "memory safety",        "exact",    "bound",   "refusal",
    "metamorphic relation", "gradient", "history", "profile"};

std::string_view group_of(std::string_view column) {
  const auto check = std::ranges::find(oracle::checks(), column, &oracle::Check::name);
  return check == oracle::checks().end() ? column : check->layer;
}

/// "12/13": the checks of the group found the fault in 12 of the 13 trials that trigger it; "-"
/// where no trial triggers it.
std::string cell(const MutantAudit& mutant, std::string_view group) {
  const auto columns = mutants::audit_columns();
  Kills sum;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (group_of(columns[i]) != group) continue;
    sum.tried += mutant.kills[i].tried;
    sum.found += mutant.kills[i].found;
  }
  return sum.tried == 0 ? "-" : fmt::format("{}/{}", sum.found, sum.tried);
}

std::string suite_cell(const MutantAudit& mutant) {
  return mutant.found_by_suite ? fmt::format("trial {}", grouped(mutant.suite_trials))
                               : "**not found**";
}

std::size_t right_kernel_trials(const Audit& audit) {
  std::size_t trials = 0;
  for (const RightKernelAudit& right : audit.right_kernels) trials += right.trials;
  return trials;
}

template <class Predicate>
std::size_t count(const Audit& audit, Predicate predicate) {
  return static_cast<std::size_t>(std::ranges::count_if(audit.mutants, predicate));
}

std::size_t median_trial(const Audit& audit) {
  std::vector<std::size_t> trials;
  for (const MutantAudit& mutant : audit.mutants)
    if (mutant.found_by_suite) trials.push_back(mutant.suite_trials);
  if (trials.empty()) return 0;
  std::ranges::nth_element(trials, trials.begin() + static_cast<std::ptrdiff_t>(trials.size() / 2));
  return trials[trials.size() / 2];
}

}  // namespace

bool audit_holds(const Audit& audit) {
  return std::ranges::all_of(audit.mutants,
                             [](const MutantAudit& mutant) {
                               return mutant.as_intended() && mutant.found_by_suite;
                             }) &&
         std::ranges::all_of(
             audit.right_kernels,
             [](const RightKernelAudit& right) { return right.found_on.empty(); }) &&
         std::ranges::all_of(audit.answers, [](const mutants::AnswerAudit& answer) {
           return answer.passed_on.empty();
         });
}

std::string audit_summary(const Audit& audit) {
  std::string text;
  for (const MutantAudit& mutant : audit.mutants) {
    if (audit.interrupted) break;  // some were not tried to the end
    if (!mutant.as_intended())
      text += fmt::format("{}: not found by {} (replay: {})\n", mutant.mutant->kernel.name,
                          mutant.mutant->intended, mutant.mutant->example);
    if (!mutant.found_by_suite)
      text += fmt::format("{}: not found in {} trials of the suite\n", mutant.mutant->kernel.name,
                          grouped(mutant.suite_trials));
  }
  std::size_t false_alarms = 0;
  for (const RightKernelAudit& right : audit.right_kernels) {
    false_alarms += right.found_on.size();
    for (const std::string& trial : right.found_on)
      text += fmt::format("{}: false alarm, the kernel is right: {}\n", right.kernel, trial);
  }
  std::size_t answered = 0;
  std::size_t passed = 0;
  for (const mutants::AnswerAudit& answer : audit.answers) {
    answered += answer.trials;
    passed += answer.passed_on.size();
    for (const std::string& trial : answer.passed_on)
      text += fmt::format("{}: passes, but the answer is wrong: {}\n", answer.kernel, trial);
  }
  if (audit.interrupted) return text + "interrupted: no verdict on the mutants\n";
  const std::size_t all = audit.mutants.size();
  text += fmt::format(
      "{} of {} mutants found by the check meant for them, {} of {} by the default suite, which "
      "knows nothing of them (median: trial {}); {} right kernels, {} trials, {}; zeros, negated, "
      "doubled and moved answers passed {} of {} trials.\n",
      count(audit, [](const MutantAudit& m) { return m.as_intended(); }), all,
      count(audit, [](const MutantAudit& m) { return m.found_by_suite; }), all, median_trial(audit),
      audit.right_kernels.size(), grouped(right_kernel_trials(audit)),
      false_alarms == 0 ? "no false alarm" : counted(false_alarms, "false alarm"),
      passed == 0 ? "none" : grouped(passed), grouped(answered));
  return text;
}

std::string audit_markdown(const Audit& audit) {
  std::string text =
      "# Audit of the judge\n\nMade by `convict audit`. Every mutant, a kernel with one planted "
      "fault, "
      "is tried under every check on trials that trigger its fault: 12/13 says that the fault was "
      "found in 12 of 13. A trigger is derived from the fault alone, whatever the checks do. "
      "*Suite* "
      "is the first trial of the default conformance suite that found the fault.\n\n| mutant | "
      "fault "
      "| class | meant for | ";
  text += fmt::format("{} | suite |\n|---|---|---|---|", fmt::join(groups, " | "));
  for (std::size_t i = 0; i <= groups.size(); ++i) text += "---|";
  text += '\n';
  for (const MutantAudit& mutant : audit.mutants) {
    text += fmt::format("| {} | {} | {} | {}{} |", mutant.mutant->kernel.name, mutant.mutant->fault,
                        mutant.mutant->fault_class, mutant.mutant->intended,
                        mutant.as_intended() ? "" : " **missed**");
    for (const std::string_view group : groups) text += fmt::format(" {} |", cell(mutant, group));
    text += fmt::format(" {} |\n", suite_cell(mutant));
  }
  text += "\n| right kernel | trials | false alarms |\n|---|---|---|\n";
  for (const RightKernelAudit& right : audit.right_kernels)
    text += fmt::format("| {} | {} | {} |\n", right.kernel, grouped(right.trials),
                        right.found_on.size());
  text +=
      "\nAnswers that are not computed at all must never pass a trial of the judge: zeros, the "
      "right "
      "result negated or doubled, and the right result moved by one element. Each is tried in all "
      "precisions, also with claimed sums in f16 and bf16, whose bounds are the widest. A trial in "
      "which more than half of the elements of such an answer are within their bounds is "
      "mistrusted: "
      "real numbers in long 16-bit sums. Metamorphic relations and gradients are not asked, since "
      "a "
      "negated or doubled convolution obeys most of them.\n\n"
      "| answer | trials | found | mistrusted | passed |\n|---|---|---|---|---|\n";
  for (const mutants::AnswerAudit& answer : audit.answers)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", answer.kernel, grouped(answer.trials),
                        grouped(answer.found), grouped(answer.mistrusted),
                        grouped(answer.passed_on.size()));
  return text + "\n" + audit_summary(audit);
}

std::string audit_json(const Audit& audit) {
  using nlohmann::ordered_json;
  const auto columns = mutants::audit_columns();
  ordered_json mutants = ordered_json::array();
  for (const MutantAudit& mutant : audit.mutants) {
    ordered_json kills = ordered_json::object();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (mutant.kills[i].tried > 0)
        kills[std::string(columns[i])] = {{"tried", mutant.kills[i].tried},
                                          {"found", mutant.kills[i].found}};
    mutants.push_back({{"kernel", mutant.mutant->kernel.name},
                       {"fault", mutant.mutant->fault},
                       {"class", mutant.mutant->fault_class},
                       {"intended", mutant.mutant->intended},
                       {"as_intended", mutant.as_intended()},
                       {"found_by_suite", mutant.found_by_suite},
                       {"suite_trials", mutant.suite_trials},
                       {"found_on", mutant.found_on},
                       {"kills", std::move(kills)}});
  }
  ordered_json right_kernels = ordered_json::array();
  for (const RightKernelAudit& right : audit.right_kernels)
    right_kernels.push_back(
        {{"kernel", right.kernel}, {"trials", right.trials}, {"found_on", right.found_on}});
  ordered_json answers = ordered_json::array();
  for (const mutants::AnswerAudit& answer : audit.answers)
    answers.push_back({{"kernel", answer.kernel},
                       {"trials", answer.trials},
                       {"found", answer.found},
                       {"mistrusted", answer.mistrusted},
                       {"passed_on", answer.passed_on}});
  const ordered_json all = {{"holds", audit_holds(audit)},
                            {"interrupted", audit.interrupted},
                            {"mutants", std::move(mutants)},
                            {"right_kernels", std::move(right_kernels)},
                            {"answers", std::move(answers)}};
  return all.dump() + "\n";
}

}  // namespace convict::reports
