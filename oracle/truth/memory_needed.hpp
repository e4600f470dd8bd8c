// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/trial.hpp"

namespace convict::oracle {

/// Bytes of this machine's memory.
std::size_t physical_memory();

/// Why a trial of this valid spec needs more than `memory` bytes, or nothing. Its operands, its
/// result and the truth are stored several times, in f64 and in the kernel's type: 40 bytes for
/// every element (36 were measured with f64, 29 with f32).
std::optional<std::string> why_too_large(const ConvSpec& spec,
                                         std::size_t memory = physical_memory());

/// Why the gaps between the elements of the trial's tensors need more than `memory` bytes, or
/// nothing.
std::optional<std::string> why_too_spread(const Trial& trial,
                                          std::size_t memory = physical_memory());

}  // namespace convict::oracle
