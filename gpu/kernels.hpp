// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::gpu {

/// The kernels that run on a GPU. A build without CUDA and a machine without a device have them,
/// too; `absent` says why they cannot run.
std::span<const Kernel> kernels();

}  // namespace convict::gpu
