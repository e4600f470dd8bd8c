// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/toeplitz/plan.hpp"
#include "gpu/toeplitz/queue.hpp"

namespace convict::gpu {

/// The memory of one call. The pass says which tensor is written; `workspace` has
/// toeplitz_workspace(plan) bytes and starts at a multiple of part_alignment.
struct ToeplitzMemory {
  std::byte* input = nullptr;
  std::byte* filters = nullptr;
  std::byte* output = nullptr;
  std::byte* workspace = nullptr;
};

/// Enqueues the steps of the planned pass (GpuCorrMM, GpuCorr3dMM and their gradients;
/// Theano, gpuarray/blas.py, with several images, groups or positions to a product):
///   forward       Y = W im2col(x)
///   grad_input    x = col2im(W^T T)
///   grad_weights  W = T im2col(x)^T
/// each times alpha plus beta times the old result. 16-bit results are summed in f32 and rounded
/// once.
void enqueue_toeplitz(const ToeplitzPlan& plan, const ToeplitzMemory& memory, Queue& queue);

}  // namespace convict::gpu
