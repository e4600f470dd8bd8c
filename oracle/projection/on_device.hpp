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
  const std::byte* old_result = nullptr;  ///< when beta is not 0
};

/// `project` by the device itself, with the weights that the host's has from the same seed. Nothing
/// where the device cannot, or the problem is no question for a projection: not stored in f32 or
/// f64. Throws SpecError as the host's does.
std::optional<Projected> project_on(Device& device, const Problem& problem, const OnDevice& tensors,
                                    const datasets::ExactLimits& limits, std::uint64_t seed);

}  // namespace convict::oracle
