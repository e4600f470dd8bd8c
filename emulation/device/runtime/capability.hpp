// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "convict_device/capabilities.hpp"

namespace convict_device {

/// That of the -arch which the source was compiled for.
const convict::emulation::Capability& capability();

/// Shared memory that a kernel may declare, and get without cudaFuncSetAttribute.
constexpr std::size_t most_static_shared = 48 << 10;
constexpr int multiprocessors = 4;

}  // namespace convict_device
