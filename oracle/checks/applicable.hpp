// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// Whether a problem is too large for checks that compute it many times: more than 4 million
/// operations, or a tensor of more than 4 million elements.
bool too_much_work(const ConvSpec& spec);

/// Why a follow-up problem of a metamorphic relation cannot be used: it is invalid or too large; or
/// nothing. It may take ten times the work of too_much_work, because zeros may be inserted.
std::optional<std::string> why_unfit_follow_up(const ConvSpec& follow_up);

/// Why a problem is empty or too large to be computed many times, or nothing.
std::optional<std::string> why_unfit_size(const ConvSpec& spec);

/// Why metamorphic relations and gradient checks cannot use a trial, or nothing. They need an
/// output that reads an input, a problem that is not too large, and a fill that is exact or `flat`.
std::optional<std::string> why_unfit(const Trial& trial);

/// Why the results of several calls of a trial cannot be compared bit by bit, or nothing. That
/// needs elements, a problem that is not too large, and a fill without NaN.
std::optional<std::string> why_unrepeatable(const Trial& trial);

}  // namespace convict::oracle
