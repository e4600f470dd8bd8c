// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/refusals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "reports/words.hpp"

namespace convict::reports {
namespace {

using Reasons = std::map<std::string, std::size_t>;

constexpr std::size_t reasons_shown = 5;
constexpr std::size_t least_asked = 100;

Reasons starting_with(const Reasons& reasons, std::string_view begin) {
  Reasons found;
  for (const auto& [reason, count] : reasons)
    if (reason.starts_with(begin)) found.emplace(reason, count);
  return found;
}

std::size_t sum_of(const Reasons& reasons) {
  std::size_t sum = 0;
  for (const auto& [reason, count] : reasons) sum += count;
  return sum;
}

/// "12,345 depthwise only; 34 2-D only; 5 others"
std::string in_one_line(const Reasons& reasons) {
  std::vector<std::string> parts;
  std::size_t left = sum_of(reasons);
  for (const auto& [reason, count] : most_frequent(reasons, reasons_shown)) {
    parts.push_back(fmt::format("{} × {}", grouped(count), printable(reason)));
    left -= count;
  }
  if (left > 0) parts.push_back(fmt::format("{} others", grouped(left)));
  return fmt::format("{}", fmt::join(parts, "; "));
}

Reasons all_reasons(const KernelSummary& kernel) {
  Reasons all = kernel.unsupported;
  for (const auto& [reason, count] : kernel.not_tried) all[reason] += count;
  return all;
}

/// A kernel that ends its process in `refuses` or while it is loaded fails every trial uncalled.
std::string why_never_called(const KernelSummary& kernel) {
  Reasons reasons = all_reasons(kernel);
  if (kernel.tally.findings() > 0) reasons["failed before a call"] = kernel.tally.findings();
  return reasons.empty() ? "no trial needed a call" : in_one_line(reasons);
}

void add_notes(std::vector<std::string>& notes, const KernelSummary& kernel) {
  const std::string name = printable(kernel.name);
  const run::Tally& tally = kernel.tally;
  if (tally.ran == 0 && tally.total() > 0)
    notes.push_back(fmt::format("{} was never called: {}", name, why_never_called(kernel)));
  else if (tally.asked() >= least_asked &&
           static_cast<double>(tally.ran) < few_taken * static_cast<double>(tally.asked()))
    notes.push_back(
        fmt::format("{} took only {} of {} problems ({:.2g} %): {}", name, grouped(tally.ran),
                    grouped(tally.asked()),
                    100 * static_cast<double>(tally.ran) / static_cast<double>(tally.asked()),
                    in_one_line(kernel.unsupported)));
  if (const Reasons late = starting_with(kernel.unsupported, "refused in run"); !late.empty())
    notes.push_back(fmt::format("{} refused {} only in run: {}", name,
                                counted(sum_of(late), "problem"), in_one_line(late)));
  if (const Reasons large = starting_with(kernel.unsupported, "too large"); !large.empty())
    notes.push_back(fmt::format("{}: {} left out because of size: {}", name,
                                counted(sum_of(large), "trial"), in_one_line(large)));
}

}  // namespace

std::vector<std::pair<std::string, std::size_t>> most_frequent(const Reasons& reasons,
                                                               std::size_t count) {
  std::vector<std::pair<std::string, std::size_t>> sorted(reasons.begin(), reasons.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{},
                           &std::pair<std::string, std::size_t>::second);
  if (sorted.size() > count) sorted.resize(count);
  return sorted;
}

std::string reason_lines(const Reasons& reasons) {
  std::string text;
  std::size_t left = sum_of(reasons);
  for (const auto& [reason, count] : most_frequent(reasons, reasons_shown)) {
    text += fmt::format("  {} × {}\n", grouped(count), printable(reason));
    left -= count;
  }
  if (left > 0) text += fmt::format("  {} others\n", grouped(left));
  return text;
}

std::vector<std::string> refusal_notes(const Summary& summary) {
  std::vector<std::string> notes;
  for (const KernelSummary& kernel : summary.kernels) add_notes(notes, kernel);
  return notes;
}

}  // namespace convict::reports
