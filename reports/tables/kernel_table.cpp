// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/kernel_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "reports/tables/text_table.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::array<std::string_view, 10> kernel_titles = {
    "kernel",  "ran",        "pass",
    "fail",    "mistrusted", "unsupported",
    "crashed", "hung",       "worst error/bound",
    "time"};
using KernelRow = std::array<std::string, kernel_titles.size()>;

KernelRow row_of(const KernelSummary& kernel) {
  const run::Tally& tally = kernel.tally;
  return {printable(kernel.name),
          count_cell(kernel.ran()),
          count_cell(tally[Outcome::pass]),
          count_cell(tally[Outcome::fail]),
          count_cell(tally[Outcome::mistrusted]),
          count_cell(tally[Outcome::unsupported]),
          count_cell(tally[Outcome::crashed]),
          count_cell(tally[Outcome::hung]),
          kernel.worst_trial ? ratio_text(kernel.worst_ratio) : "-",
          duration_text(kernel.time_ms / 1000)};
}

}  // namespace

std::vector<std::string> kernel_table_notes(const Summary& summary) {
  std::vector<std::string> notes;
  if (summary.tally[Outcome::mistrusted] > 0)
    notes.emplace_back(
        "mistrusted: passed, but on data that could not have revealed a fault (a right result of "
        "zeros, a bound wider than one product, no bound)");
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
  std::vector<KernelRow> rows = {KernelRow{}};
  std::ranges::copy(kernel_titles, rows[0].begin());
  for (const KernelSummary& kernel : summary.kernels) rows.push_back(row_of(kernel));
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
