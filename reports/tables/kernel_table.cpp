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
    "kernel",          "ran", "pass", "fail", "mistrusted", "unsupported", "crashed", "hung",
    "worst err/bound", "time"};
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

std::string kernel_table(const Summary& summary) {
  std::vector<KernelRow> rows = {KernelRow{}};
  std::ranges::copy(kernel_titles, rows[0].begin());
  for (const KernelSummary& kernel : summary.kernels) rows.push_back(row_of(kernel));
  return text_table(rows);
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
