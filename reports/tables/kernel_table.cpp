// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/kernel_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/agreement.hpp"
#include "reports/tables/text_table.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

struct Column {
  std::string_view title;
  std::string (*cell)(const KernelSummary& kernel);
  /// Whether a table of this summary has the column; null: always.
  bool (*is_shown)(const run::Tally& all);
};

template <Outcome outcome>
std::string outcome_cell(const KernelSummary& kernel) {
  return count_cell(kernel.tally[outcome]);
}

constexpr Column kernel_columns[] = {
    {"kernel", [](const KernelSummary& kernel) { return printable(kernel.name); }, nullptr},
    {"calls", [](const KernelSummary& kernel) { return count_cell(kernel.tally.calls); }, nullptr},
    {"ran", [](const KernelSummary& kernel) { return count_cell(kernel.ran()); }, nullptr},
    {"pass", outcome_cell<Outcome::pass>, nullptr},
    {"fail", outcome_cell<Outcome::fail>, nullptr},
    {"mistrusted", outcome_cell<Outcome::mistrusted>, nullptr},
    {"unsupported", outcome_cell<Outcome::unsupported>, nullptr},
    {"not tried", outcome_cell<Outcome::not_tried>,
     [](const run::Tally& all) { return all[Outcome::not_tried] > 0; }},
    {"crashed", outcome_cell<Outcome::crashed>, nullptr},
    {"hung", outcome_cell<Outcome::hung>, nullptr},
    {"no call", [](const KernelSummary& kernel) { return count_cell(kernel.tally.uncalled); },
     [](const run::Tally& all) { return all.uncalled > 0; }},
    {"worst error/bound",
     [](const KernelSummary& kernel) {
       return kernel.worst_trial ? ratio_text(kernel.worst_ratio) : std::string("-");
     },
     nullptr},
    {"time", [](const KernelSummary& kernel) { return duration_text(kernel.time_ms / 1000); },
     nullptr},
};

}  // namespace

std::vector<std::string> kernel_table_notes(const Summary& summary) {
  std::vector<std::string> notes;
  if (summary.tally[Outcome::mistrusted] > 0)
    notes.emplace_back(
        "mistrusted: passed, but on data that could not have revealed a fault (a right result of "
        "zeros, a bound wider than one product, no bound)");
  if (summary.tally[Outcome::not_tried] > 0)
    notes.emplace_back(
        "not tried: the kernel hung on problems like these, or was given up because it hung on "
        "all");
  if (summary.tally.uncalled > 0)
    notes.emplace_back(
        "no call: passed without a call of the kernel; it refused an invalid problem, as it must, "
        "or the judge tested itself (check=power)");
  if (summary.kernels.size() > AgreementCounter::most_compared)
    notes.push_back(fmt::format("only the first {} kernels are compared with each other",
                                AgreementCounter::most_compared));
  for (const KernelSummary& kernel : summary.kernels)
    if (kernel.zeros_would_pass > 0)
      notes.push_back(fmt::format(
          "{}: in {} ({:.2g} %) an answer of zeros would be within the bound of most elements",
          printable(kernel.name), counted(kernel.zeros_would_pass, "trial"),
          100 * static_cast<double>(kernel.zeros_would_pass) /
              static_cast<double>(std::max<std::size_t>(kernel.ran(), 1))));
  const bool has_ratio = std::ranges::any_of(
      summary.kernels, [](const KernelSummary& kernel) { return kernel.worst_trial.has_value(); });
  if (has_ratio)
    notes.emplace_back(
        "worst error/bound: the largest error in units of what rounding can explain in that "
        "element; above 1 is wrong");
  return notes;
}

std::string kernel_table(const Summary& summary) {
  std::vector<std::vector<std::string>> rows(1 + summary.kernels.size());
  for (const Column& column : kernel_columns) {
    if (column.is_shown != nullptr && !column.is_shown(summary.tally)) continue;
    rows[0].emplace_back(column.title);
    for (std::size_t i = 0; i < summary.kernels.size(); ++i)
      rows[i + 1].push_back(column.cell(summary.kernels[i]));
  }
  std::string text = text_table(rows);
  for (const std::string& note : kernel_table_notes(summary)) text += note + '\n';
  return text;
}

std::string conditions_table(const Summary& summary) {
  std::string text;
  for (const KernelSummary& kernel : summary.kernels) {
    const std::size_t findings = kernel.tally.findings();
    if (findings == 0) continue;
    for (std::size_t i = 0; i < kernel.conditions.size(); ++i)
      text += fmt::format("{} {}{}\n", printable(kernel.name), i == 0 ? "" : "also ",
                          printable(condition_text(kernel.conditions[i])));
    if (kernel.conditions.empty())
      text += fmt::format("{}: no pattern found in {} of {}\n", printable(kernel.name),
                          counted(findings, "finding"), counted(kernel.ran(), "trial"));
  }
  return text;
}

std::string profiles_table(const Summary& summary) {
  std::string text;
  for (const KernelSummary& kernel : summary.kernels)
    for (const auto& [profile, where] : kernel.profiles)
      text += fmt::format("{} {}: {}\n", printable(kernel.name), printable(profile),
                          fmt::join(where, ", "));
  return text;
}

}  // namespace convict::reports
