#pragma once

#include <span>
#include <string>

#include "reports/journal.hpp"
#include "reports/summary.hpp"

namespace convict::reports {

/// A short text for a pull request or a CI job page: the sentence, a table of the kernels, the
/// first findings of each with their replay lines.
std::string markdown_summary(const Summary& summary);
std::string markdown_summary(std::span<const JournalData> journals);

}  // namespace convict::reports
