// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/memory_budget.hpp"
#include "core/trial.hpp"

namespace convict::oracle {

/// Bytes for every element of a trial's tensors: operands, result and truth are stored several
/// times in f64 (28 were measured with f64, 25 with f32); and what the kernel works on.
inline constexpr double bytes_judged = 32;
inline constexpr double bytes_worked_on = 8;

/// Bytes that a trial of this valid spec takes, what the kernel works on left out.
double bytes_of_trial(const ConvSpec& spec);

/// Why a trial of this valid spec needs more than the budget, what the kernel works on included, or
/// nothing.
std::optional<std::string> why_too_large(const ConvSpec& spec,
                                         const MemoryBudget& budget = MemoryBudget::of_process());

/// Why the gaps between the elements of the trial's tensors need more than the budget, or nothing.
std::optional<std::string> why_too_spread(const Trial& trial,
                                          const MemoryBudget& budget = MemoryBudget::of_process());

}  // namespace convict::oracle
