// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "reports/summary/summary.hpp"

namespace convict::reports {

/// What a kernel's results say about its claims, in sentences; first of all in a summary, since one
/// false claim explains many findings:
///   - which claims its accuracy profile contradicts: "K: it reads inputs with 11 significant bits
///     and claims 24 (forward f32)"
///   - that a claim is wide: the bound that it gives is more than ten times the error of the
///     kernel's median pass, so an error ten times its usual one would pass. Of results that a run
///     reports one by one, not only as counts, and at least 20 of them
std::vector<std::string> claim_remarks(const KernelSummary& kernel);

/// Those of all kernels, one a line.
std::string claim_remarks_text(const Summary& summary);

}  // namespace convict::reports
