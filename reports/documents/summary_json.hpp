// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "reports/summary/summary.hpp"

namespace convict::reports {

/// The counts as one JSON object on one line: format, command, arguments, seed, trials, tally,
/// findings, interrupted, time_s and per kernel name, tally, findings, conditions, worst ratio and
/// trial, time.
std::string totals_json(const Summary& summary);

/// Everything the page shows, as one JSON object that can stand inside an HTML script element: `<`
/// is written \u003c, so no text in it can end the element.
std::string page_json(const Summary& summary);

}  // namespace convict::reports
