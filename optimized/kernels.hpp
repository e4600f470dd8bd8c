#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::optimized {

/// The CPU kernels made to be fast.
std::span<const Kernel> kernels();

}  // namespace convict::optimized
