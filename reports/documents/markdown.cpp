// SPDX-License-Identifier: Apache-2.0
#include "reports/documents/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/summary/claim_remarks.hpp"
#include "reports/tables/agreement_table.hpp"
#include "reports/tables/finding_clusters.hpp"
#include "reports/tables/kernel_table.hpp"
#include "reports/tables/refusals.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::size_t findings_per_kernel = 3;  ///< of each kernel
constexpr std::size_t pairs_shown = 12;

std::string escaped(std::string_view text) { return escaped_for_markdown(text); }

std::string markdown_row(const KernelSummary& kernel) {
  const run::Tally& tally = kernel.tally;
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                     escaped(kernel.name), grouped(tally.calls), grouped(kernel.ran()),
                     grouped(tally[Outcome::pass]), grouped(tally[Outcome::fail]),
                     grouped(tally[Outcome::crashed]), grouped(tally[Outcome::hung]),
                     grouped(tally[Outcome::mistrusted]), grouped(tally[Outcome::unsupported]),
                     grouped(tally[Outcome::not_tried]), grouped(tally.uncalled),
                     kernel.worst_trial ? ratio_text(kernel.worst_ratio) : "-");
}

std::string findings_of(const KernelSummary& kernel) {
  if (kernel.findings.empty()) return "";
  const std::size_t shown = std::min(findings_per_kernel, kernel.findings.size());
  std::string text = fmt::format("\n**{}**\n\n", escaped(kernel.name));
  for (const FailureCondition& condition : kernel.conditions)
    text += fmt::format("- {}\n", escaped(condition_text(condition)));
  for (std::size_t i = 0; i < shown; ++i) {
    const TrialResult& finding = kernel.findings[i];
    text += fmt::format("- {}: {}", name_of(finding.verdict.outcome),
                        escaped(reason_text(finding.verdict)));
    for (const std::string& line : cause_lines(finding)) text += "; " + escaped(line);
    text += fmt::format("\n\n      {}\n",
                        printable(replay_command(finding.kernel, repro_trial(finding))));
  }
  if (kernel.tally.findings() > shown)
    text +=
        fmt::format("\n… and {} more in the journal\n", grouped(kernel.tally.findings() - shown));
  return text;
}

}  // namespace

std::string markdown_summary(const Summary& summary) {
  std::string text = fmt::format("**{}**\n", escaped(headline(summary)));
  if (summary.runs.size() > 1)
    text += fmt::format("\nMerged from {}.\n", counted(summary.runs.size(), "journal"));
  if (const std::string regressions = regressions_text(summary); !regressions.empty())
    text += fmt::format("\n{}\n", escaped(regressions));
  for (const KernelSummary& kernel : summary.kernels)
    for (const std::string& remark : claim_remarks(kernel))
      text += fmt::format("\n{}\n", escaped(remark));
  text +=
      "\n| kernel | calls | ran | pass | fail | crashed | hung | mistrusted | unsupported | not "
      "tried "
      "| no call | worst error/bound |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const KernelSummary& kernel : summary.kernels) text += markdown_row(kernel);
  std::vector<std::string> notes = kernel_table_notes(summary);
  for (std::string& note : refusal_notes(summary)) notes.push_back(std::move(note));
  if (!notes.empty()) text += '\n';
  for (const std::string& note : notes) text += fmt::format("- {}\n", escaped(note));
  text += agreement_markdown(summary.pairs, pairs_shown);
  for (const KernelSummary& kernel : summary.kernels) text += findings_of(kernel);
  return text;
}

std::string markdown_summary(std::span<const JournalData> journals) {
  return markdown_summary(summarize(journals));
}

}  // namespace convict::reports
