// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/memory_budget.hpp"
#include "core/trial.hpp"

namespace convict::oracle {

/// Bytes that a trial of this valid spec takes, what the kernel works on left out. Its operands,
/// its result and the truth are stored several times in f64: 32 bytes for every element (28 were
/// measured with f64, 25 with f32).
double bytes_of_trial(const ConvSpec& spec);

/// Why a trial of this valid spec needs more than the budget, or nothing: bytes_of_trial, and 8
/// bytes for every element that the kernel works on.
std::optional<std::string> why_too_large(const ConvSpec& spec,
                                         const MemoryBudget& budget = MemoryBudget::of_process());

/// Why the gaps between the elements of the trial's tensors need more than the budget, or nothing.
std::optional<std::string> why_too_spread(const Trial& trial,
                                          const MemoryBudget& budget = MemoryBudget::of_process());

}  // namespace convict::oracle
