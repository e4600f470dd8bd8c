// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/device.hpp"

namespace convict::gpu {

/// Why no kernel can run on a GPU here ("built without CUDA", "no CUDA device: ..."), or nothing.
std::optional<std::string> why_no_device();

/// The current CUDA device with a stream of its own that does not wait for the legacy default
/// stream. Throws EnvironmentError with the reason of why_no_device.
Device& device();

/// Facts about the GPU for reports: its name, compute capability, memory, the versions of
/// driver and runtime; or why there is none.
std::vector<std::pair<std::string, std::string>> device_facts();

}  // namespace convict::gpu
