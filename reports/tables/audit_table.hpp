#pragma once

#include <string>

#include "mutants/audit.hpp"

namespace convict::reports {

/// The kill matrix in Markdown: one line a mutant (fault, class, intended column, what convicted it
/// and how often, when the default suite did), then the right kernels, then one sentence a claim.
std::string audit_markdown(const mutants::Audit& audit);

/// The last lines: what the audit shows, and every mutant or innocent that it shows otherwise of.
std::string audit_summary(const mutants::Audit& audit);

/// Everything as one JSON object.
std::string audit_json(const mutants::Audit& audit);

/// Every mutant was convicted as intended and by the suite, and no innocent was.
bool audit_holds(const mutants::Audit& audit);

}  // namespace convict::reports
