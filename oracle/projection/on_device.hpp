// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "core/device.hpp"
#include "datasets/exact_limits.hpp"

namespace convict::oracle {

/// The tensors of one call in a device's memory, dense and row-major.
struct OnDevice {
  const std::byte* input = nullptr;
  const std::byte* filters = nullptr;
  const std::byte* output = nullptr;
  const std::byte* old_result = nullptr;  ///< if beta is not 0
};

/// `project` carried out by the device, with the weights that the host makes from the same seed.
/// Nothing if the device cannot project, or if the tensors are not stored in f32 or f64. Throws
/// SpecError as `project` does.
std::optional<Projected> project_on(Device& device, const Problem& problem, const OnDevice& tensors,
                                    const datasets::ExactLimits& limits, std::uint64_t seed);

}  // namespace convict::oracle
