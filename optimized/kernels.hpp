// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::optimized {

/// The optimized CPU kernels.
std::span<const Kernel> kernels();

}  // namespace convict::optimized
