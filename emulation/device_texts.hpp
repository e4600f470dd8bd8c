// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/source_text.hpp"

namespace convict::emulation {

/// What a kernel for the emulated device is built with: the files below emulation/device, and the
/// headers of the plug-in interface in the folder "plugin".
std::span<const SourceText> device_texts();

}  // namespace convict::emulation
