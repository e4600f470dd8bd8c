// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::reference {

/// `reference.direct`: the definition, computed in the precision of the problem. Slow; takes every
/// valid problem with any strides.
std::span<const Kernel> kernels();

}  // namespace convict::reference
