#pragma once

#include <string>

#include "oracle/audit.hpp"

namespace convict::reports {

/// The kill matrix in Markdown: one line a mutant (fault, class, intended column, what convicted it
/// and how often, when the default suite did), then the right kernels, then one sentence a claim.
std::string audit_markdown(const oracle::Audit& audit);

/// The last lines: what the audit shows, and every mutant or innocent that it shows otherwise of.
std::string audit_summary(const oracle::Audit& audit);

/// Everything as one JSON object.
std::string audit_json(const oracle::Audit& audit);

/// Every mutant was convicted as intended and by the suite, and no innocent was.
bool audit_holds(const oracle::Audit& audit);

}  // namespace convict::reports
