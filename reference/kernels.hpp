#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::reference {

/// `reference.direct`: the definition in the subject's own precision; slow, any strides, takes
/// everything.
std::span<const Kernel> kernels();

}  // namespace convict::reference
