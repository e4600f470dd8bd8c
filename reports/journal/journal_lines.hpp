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

/// The inverse. Throws InputError naming what is wrong with the line.
JournalLine parse_line(std::string_view text);

}  // namespace convict::reports
