// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "reports/summary/summary.hpp"

namespace convict::reports {

/// What the columns "mistrusted", "not tried", "no call" and "worst error/bound" mean, a line each;
/// only of those columns that show a number for some kernel.
std::vector<std::string> kernel_table_notes(const Summary& summary);

/// kernel | calls | ran | pass | fail | mistrusted | unsupported | not tried | crashed | hung | no
/// call | worst error/bound | time, one line a kernel, columns aligned; then the notes. The columns
/// "not tried" and "no call" are there only where some kernel has a number in them.
std::string kernel_table(const Summary& summary);

/// A line for each failure condition of each kernel with findings: "K fails iff dilation > 1: 37 of
/// 37 trials, 0 of 412 elsewhere", or that there is no pattern. Empty where there is no finding.
std::string conditions_table(const Summary& summary);

/// The accuracy profiles of a kernel's passes and precisions, one line for each that differs:
/// "K reads f32, accumulates f32, ...: forward f32, grad_input f32".
std::string profiles_table(const Summary& summary);

}  // namespace convict::reports
