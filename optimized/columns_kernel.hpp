// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/kernel.hpp"

// What corr_mm and corr3d_mm share. They differ only in the problems they take.

namespace convict::optimized {

/// Why a valid problem needs matrices that are too large for BLAS, or nothing.
std::optional<std::string> beyond_blas(const Problem& problem);

/// The bytes of workspace that `correlate` uses, exactly. They are bounded by the size of blocks,
/// whatever the size of the output.
std::size_t correlation_workspace_bytes(const Problem& problem);

/// Any pass, f32 or f64, rank 1 to 3, shared or unshared filters, dense NCHW.
void correlate(const Problem& problem, const Buffers& buffers);

}  // namespace convict::optimized
