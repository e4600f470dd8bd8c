// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "reports/journal/journal.hpp"
#include "reports/summary/summary.hpp"

namespace convict::reports {

/// A short text for a pull request or a CI job page: the headline, a table of the kernels, how they
/// agree, the failure conditions of each and its first findings with their replay lines.
std::string markdown_summary(const Summary& summary);
std::string markdown_summary(std::span<const JournalData> journals);

}  // namespace convict::reports
