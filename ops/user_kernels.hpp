#pragma once

#include <vector>

#include "core/kernel.hpp"

namespace convict::ops {

/// The user-level convolutions as kernel rows (ops.conv2d, ops.conv2d_grad_wrt_inputs,
/// ops.conv2d_grad_wrt_weights, ops.conv2d_transpose, and the same with one and three axes): they
/// pass symbolic border modes and filter_flip on as a user would, so that argument checks, shape
/// inference and selection are tried like any kernel. What the function refuses, the row refuses
/// with the same words. The policy is the default one.
std::vector<Kernel> user_kernels();

}  // namespace convict::ops
