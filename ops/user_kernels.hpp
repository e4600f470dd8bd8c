// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/kernel.hpp"

namespace convict::ops {

/// The user-level convolutions as kernels (ops.conv2d, ops.conv2d_grad_wrt_inputs,
/// ops.conv2d_grad_wrt_weights, ops.conv2d_transpose, and the same with one and three axes): they
/// pass on symbolic border modes and filter_flip as a user would, so that argument checks, shape
/// inference and selection are tested like any kernel. They refuse what the functions refuse, with
/// the same message. The policy is the default one.
std::vector<Kernel> user_kernels();

}  // namespace convict::ops
