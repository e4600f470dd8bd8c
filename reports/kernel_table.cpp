#include "reports/kernel_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "reports/text_table.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::array<std::string_view, 10> titles = {
    "kernel",          "ran", "pass", "fail", "mistrusted", "unsupported", "crashed", "hung",
    "worst err/bound", "time"};
using Row = std::array<std::string, titles.size()>;

std::string cell(std::size_t count) { return count == 0 ? "-" : grouped(count); }

Row row_of(const KernelSummary& kernel) {
  const Tally& tally = kernel.tally;
  return {printable(kernel.name),
          cell(kernel.ran()),
          cell(tally[Outcome::pass]),
          cell(tally[Outcome::fail]),
          cell(tally[Outcome::mistrusted]),
          cell(tally[Outcome::unsupported]),
          cell(tally[Outcome::crashed]),
          cell(tally[Outcome::hung]),
          kernel.worst_trial ? ratio_text(kernel.worst_ratio) : "-",
          duration_text(kernel.time_ms / 1000)};
}

}  // namespace

std::string kernel_table(const Summary& summary) {
  std::vector<Row> rows = {Row{}};
  std::ranges::copy(titles, rows[0].begin());
  for (const KernelSummary& kernel : summary.kernels) rows.push_back(row_of(kernel));
  return text_table(rows);
}

std::string regimes_table(const Summary& summary) {
  std::string text;
  for (const KernelSummary& kernel : summary.kernels) {
    const std::size_t findings = kernel.tally.findings();
    if (findings == 0) continue;
    for (std::size_t i = 0; i < kernel.regimes.size(); ++i)
      text += fmt::format("{} {}{}\n", printable(kernel.name), i == 0 ? "" : "also ",
                          printable(regime_text(kernel.regimes[i])));
    if (kernel.regimes.empty())
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
