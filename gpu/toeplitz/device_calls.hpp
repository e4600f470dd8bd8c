#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/kernel.hpp"

// What the rows need of CUDA and cuBLAS. A build without CUDA has these functions too; only the
// first is ever called there.

namespace convict::gpu {

/// Why no row of this folder can run here: no device, or no cuBLAS.
std::optional<std::string> why_no_toeplitz();

/// What runs of the problem share: its cuBLAS handle and how it is cut.
std::shared_ptr<void> make_toeplitz(const Problem& problem);

/// Enqueues the call on buffers.stream and returns. Throws KernelError.
void run_toeplitz(const Problem& problem, const Buffers& buffers);

}  // namespace convict::gpu
