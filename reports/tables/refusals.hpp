// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/summary/summary.hpp"

namespace convict::reports {

/// The reasons with the most trials, most first, at most `count`.
std::vector<std::pair<std::string, std::size_t>> most_frequent(
    const std::map<std::string, std::size_t>& reasons, std::size_t count);

/// "12,345 no" and so on, a line for each of the most frequent reasons, indented; then how many
/// trials had others.
std::string reason_lines(const std::map<std::string, std::size_t>& reasons);

/// Below this share of the problems that a kernel was asked about, a run says how few it took.
inline constexpr double few_taken = 0.05;

/// What a reader must know about trials that did not run, one sentence each, with the reasons: a
/// kernel that was never called, because it refused or failed before; one that took fewer than
/// `few_taken` of at least 100 problems; refusals in `run`; trials that were too large.
std::vector<std::string> refusal_notes(const Summary& summary);

}  // namespace convict::reports
