#pragma once

#include "core/kernel.hpp"
#include "gpu/implicit_gemm/plan.hpp"

namespace convict::gpu::implicit_gemm {

/// What one launch is given besides its step.
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

/// Where the row's launches go: to a device, or to what a test has in its place.
struct Engine {
  Tilings f32, f64;
  void (*launch)(const Step& step, const Call& call);
  std::optional<std::string> (*absent)();
};

/// `gpu.implicit_gemm` on an engine: convolution as a product of matrices of which neither is ever
/// in memory, in the tensors' own precision with one rounding per multiply-add; every layout, every
/// pass; shared filters only. Its sums have one order, whatever the device.
Kernel entry(const Engine& engine);

/// Enqueues the step on the call's stream. Throws EnvironmentError when that fails.
void launch_on_device(const Step& step, const Call& call);

}  // namespace convict::gpu::implicit_gemm

namespace convict::gpu {

/// The row on the current CUDA device.
Kernel implicit_gemm_kernel();

}  // namespace convict::gpu
