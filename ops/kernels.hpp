// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/kernel.hpp"

namespace convict::ops {

/// The kernels of the folders below ops, reference first. Selection chooses from them.
std::span<const Kernel> base_kernels();

/// All built-in kernels: base_kernels() and user_kernels(). conform, fuzz, bench and list iterate
/// over them.
std::span<const Kernel> all_kernels();

}  // namespace convict::ops
