// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/source_text.hpp"

namespace convict::gpu::emulated {

/// gpu/emulated/rows.cu, a plug-in with the kernels of gpu/emulated/rows.hpp for the emulated
/// device, and all that it includes.
std::span<const SourceText> sources();

}  // namespace convict::gpu::emulated
