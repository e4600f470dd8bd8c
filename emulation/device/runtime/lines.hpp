// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "convict_device/language.hpp"

namespace convict_device {

/// The line of the user's source that the instruction at `offset` in this shared object belongs to,
/// out of the table that the build leaves beside it (emulation/build.cpp). Code that the compiler
/// took from the emulated device's own headers counts for the line that calls it.
Site line_of(std::uintptr_t offset);

/// The file of this shared object, and where it is loaded.
const char* own_path();
std::uintptr_t own_base();

}  // namespace convict_device
