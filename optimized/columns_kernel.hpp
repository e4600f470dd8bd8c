#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/kernel.hpp"

// What corr_mm and corr3d_mm share: they differ in the problems they take.

namespace convict::optimized {

/// Why a valid problem is beyond the matrices BLAS can be given, or nothing.
std::optional<std::string> beyond_blas(const Problem& problem);

/// Exactly the bytes `correlate` uses. Bounded by blocks, not by the size of the output.
std::size_t correlation_workspace_bytes(const Problem& problem);

/// Any pass, f32 or f64, rank 1 to 3, shared or unshared filters, dense NCHW.
void correlate(const Problem& problem, const Buffers& buffers);

}  // namespace convict::optimized
