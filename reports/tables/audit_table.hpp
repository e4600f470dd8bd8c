// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mutants/audit.hpp"

namespace convict::reports {

/// The kill matrix in Markdown: a line a mutant (fault, class, the check meant for it, how often
/// each group of checks found it, the first trial of the default suite that did), then a line a
/// right kernel, then audit_summary.
std::string audit_markdown(const mutants::Audit& audit);

/// A line for each mutant that was not found and each false alarm, then the totals.
std::string audit_summary(const mutants::Audit& audit);

/// Everything as one JSON object.
std::string audit_json(const mutants::Audit& audit);

/// True when every mutant was found, by the check meant for it and by the suite, and no right
/// kernel failed.
bool audit_holds(const mutants::Audit& audit);

}  // namespace convict::reports
