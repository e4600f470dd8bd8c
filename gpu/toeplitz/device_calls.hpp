// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/kernel.hpp"

// What the kernel entries need of CUDA and cuBLAS. A build without CUDA has these functions, too,
// but calls only the first one.

namespace convict::gpu {

/// Why no kernel of this folder can run on this machine (no device, or no cuBLAS), or nothing.
std::optional<std::string> why_no_toeplitz();

/// The plan of a problem: its cuBLAS handle and how it is cut.
std::shared_ptr<void> make_toeplitz(const Problem& problem);

/// Enqueues the call on buffers.stream and returns. Throws KernelError.
void run_toeplitz(const Problem& problem, const Buffers& buffers);

}  // namespace convict::gpu
