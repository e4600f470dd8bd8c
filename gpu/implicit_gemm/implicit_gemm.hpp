// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "gpu/implicit_gemm/plan.hpp"

namespace convict::gpu::implicit_gemm {

/// The arguments of a launch besides its step.
struct Call {
  Precision precision;
  const void* a;
  const void* b;
  void* c;
  void* workspace;
  double alpha;
  double beta;
  void* stream;
};

/// The tilings of the kernel and the function that launches its steps: on a device, or in a test on
/// the host.
struct Engine {
  Tilings f32, f64;
  void (*launch)(const Step& step, const Call& call);
  std::optional<std::string> (*absent)();
};

/// `gpu.implicit_gemm` on an engine: convolution as a matrix product whose operands are gathered
/// from the tensors and never stored as matrices. It computes in the precision of the tensors with
/// one rounding per multiply-add; it takes every layout and every pass, and shared filters only.
/// Its order of summation is the same on every device.
Kernel entry(const Engine& engine);

/// Enqueues the step on the call's stream. Throws EnvironmentError when that fails.
void launch_on_device(const Step& step, const Call& call);

}  // namespace convict::gpu::implicit_gemm

namespace convict::gpu {

/// The kernel on the current CUDA device.
Kernel implicit_gemm_kernel();

}  // namespace convict::gpu
