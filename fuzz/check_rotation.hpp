// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/trial.hpp"

namespace convict::fuzz {

/// Every fifth trial under another check than the judge's, one of those that apply to it. Other
/// trials, and those to which no other check applies, are returned unchanged.
Trial with_check(const Trial& trial, std::size_t number);

/// The same for a kernel that takes few problems: mostly checks whose calls all have the trial's
/// own problem, since it may refuse the problems that others compare with.
Trial with_own_check(const Trial& trial, std::size_t number);

}  // namespace convict::fuzz
