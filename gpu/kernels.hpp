#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::gpu {

/// The rows that run on a GPU. Without CUDA, or without a device, they are there and `absent` says
/// why they cannot run.
std::span<const Kernel> kernels();

}  // namespace convict::gpu
