// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "run/observer.hpp"

namespace convict::reports {

inline constexpr std::string_view journal_format = "convict-journal";
/// Of what is written. Version 1, which is read too, has a checkpoint's `features` under `regimes`.
inline constexpr int journal_version = 2;
inline constexpr int oldest_journal_version = 1;

using JournalLine = std::variant<run::RunInfo, TrialResult, run::Checkpoint, run::RunEnd>;

/// A line of a journal without its newline. Numbers that JSON lacks are the strings "nan", "inf"
/// and "-inf"; bytes that are no UTF-8 become U+FFFD. Empty and zero fields are left out. Every
/// field is described in docs/journal.schema.json.
std::string line_of(const run::RunInfo& info);
std::string line_of(const TrialResult& result);
std::string line_of(const run::Checkpoint& checkpoint);
std::string line_of(const run::RunEnd& end);

/// A line of a file without blanks and NUL bytes at both ends.
constexpr std::string_view content_of(std::string_view line) {
  constexpr std::string_view empty("\0 \t\r", 4);
  const std::size_t begin = line.find_first_not_of(empty);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(empty) - begin + 1);
}

/// The inverse. Throws InputError naming what is wrong with the line.
JournalLine parse_line(std::string_view text);

}  // namespace convict::reports
