// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/agreement_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "reports/agreement.hpp"
#include "reports/tables/text_table.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

constexpr std::array<std::string_view, 7> pair_titles = {
    "agreement", "shared",     "same values",     "both right",
    "one wrong", "both wrong", "errors 10x apart"};

constexpr std::string_view pair_note =
    "shared: trials that both have a result of; same values: identical results; errors 10x apart: "
    "both right, one with more than 10 times the error of the other";
using PairRow = std::array<std::string, pair_titles.size()>;

PairRow row_of(const run::PairAgreement& pair) {
  return {fmt::format("{} & {}", printable(pair.first), printable(pair.second)),
          count_cell(pair.shared),
          count_cell(pair.same),
          count_cell(pair.both_right),
          count_cell(pair.one_wrong),
          count_cell(pair.both_wrong() + pair.same_wrong),
          count_cell(pair.uneven)};
}

std::vector<PairRow> rows_of(std::span<const run::PairAgreement> pairs) {
  std::vector<PairRow> rows = {PairRow{}};
  std::ranges::copy(pair_titles, rows[0].begin());
  for (const run::PairAgreement& pair : pairs) rows.push_back(row_of(pair));
  return rows;
}

std::vector<std::string> group_lines(std::span<const run::PairAgreement> pairs) {
  std::vector<std::string> lines;
  for (const auto& group : agreeing_groups(pairs)) {
    std::vector<std::string> names;
    for (const std::string& name : group) names.push_back(printable(name));
    lines.push_back(
        fmt::format("the same values in every shared trial: {}", fmt::join(names, ", ")));
  }
  return lines;
}

struct Shown {
  std::vector<run::PairAgreement> pairs;
  std::size_t left_out = 0;
};

Shown shown_of(std::span<const run::PairAgreement> pairs, std::size_t most_rows) {
  Shown shown{.pairs = differing_pairs(pairs)};
  if (shown.pairs.size() <= most_rows) return shown;
  shown.left_out = shown.pairs.size() - most_rows;
  shown.pairs.resize(most_rows);
  return shown;
}

}  // namespace

std::string agreement_note(const run::PairAgreement& pair) {
  if (pair.same_wrong_trial)
    return fmt::format(
        "{} and {} have the same wrong result in {}: one fault in both, or the truth is wrong: {}",
        printable(pair.first), printable(pair.second), counted(pair.same_wrong, "trial"),
        to_string(*pair.same_wrong_trial));
  if (!pair.uneven_trial) return "";
  const auto& [more, less] =
      pair.first_errs_more ? std::tie(pair.first, pair.second) : std::tie(pair.second, pair.first);
  return fmt::format("{} errs up to {} times as much as {}, though both pass: {}", printable(more),
                     ratio_text(pair.steepest), printable(less), to_string(*pair.uneven_trial));
}

std::string agreement_table(std::span<const run::PairAgreement> pairs, std::size_t most_rows) {
  if (!has_kernel_pairs(pairs)) return "";
  const Shown shown = shown_of(pairs, most_rows);
  std::string text;
  for (const std::string& line : group_lines(pairs)) text += line + '\n';
  if (!shown.pairs.empty()) text += text_table(rows_of(shown.pairs));
  if (shown.left_out > 0)
    text += fmt::format("… and {} that differ\n", counted(shown.left_out, "more pair"));
  if (!shown.pairs.empty()) text += fmt::format("{}\n", pair_note);
  for (const run::PairAgreement& pair : shown.pairs)
    if (const std::string note = agreement_note(pair); !note.empty()) text += note + '\n';
  return text;
}

std::string agreement_markdown(std::span<const run::PairAgreement> pairs, std::size_t most_rows) {
  if (!has_kernel_pairs(pairs)) return "";
  const Shown shown = shown_of(pairs, most_rows);
  std::string text;
  for (const std::string& line : group_lines(pairs))
    text += fmt::format("\n- {}\n", escaped_for_markdown(line));
  if (shown.pairs.empty()) return text;
  const std::vector<PairRow> rows = rows_of(shown.pairs);
  text += fmt::format("\n| {} |\n|---|--:|--:|--:|--:|--:|--:|\n", fmt::join(rows.front(), " | "));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    PairRow row = rows[i];
    row[0] = escaped_for_markdown(row[0]);
    text += fmt::format("| {} |\n", fmt::join(row, " | "));
  }
  if (shown.left_out > 0)
    text += fmt::format("\n… and {} that differ\n", counted(shown.left_out, "more pair"));
  text += fmt::format("\n- {}\n", pair_note);
  for (const run::PairAgreement& pair : shown.pairs)
    if (const std::string note = agreement_note(pair); !note.empty())
      text += fmt::format("\n- {}\n", escaped_for_markdown(note));
  return text;
}

}  // namespace convict::reports
