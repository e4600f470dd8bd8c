#pragma once

#include <string>

#include "reports/summary.hpp"

namespace convict::reports {

/// kernel | ran | pass | fail | mistrusted | unsupported | crashed | hung | worst err/bound | time,
/// one line a kernel, columns aligned.
std::string kernel_table(const Summary& summary);

}  // namespace convict::reports
