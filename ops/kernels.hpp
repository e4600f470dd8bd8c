#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::ops {

/// The rows of the folders below, reference first: what selection chooses from.
std::span<const Kernel> base_kernels();

/// Every built-in row: the one joined list. conform, fuzz, bench and list iterate it.
std::span<const Kernel> all_kernels();

}  // namespace convict::ops
