// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>

#include "sandbox/host/worker_sandbox.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {
namespace {

/// `kernel` without its functions. Its `refuses` and `workspace_bytes` are called in the worker
/// (`asks`); such a kernel also decides there which strides it takes.
WorkerKernel worker_kernel(const Kernel& kernel) {
  WorkerKernel result{.declared = kernel, .asks = kernel.refuses || kernel.workspace_bytes};
  result.declared.refuses = nullptr;
  result.declared.workspace_bytes = nullptr;
  result.declared.plan = nullptr;
  result.declared.run = nullptr;
  for (bool Kernel::*strides :
       {&Kernel::any_strides, &Kernel::zero_strides, &Kernel::negative_strides})
    result.declared.*strides = kernel.*strides || result.asks;
  return result;
}

}  // namespace

Subject in_worker(const Kernel& kernel, const Limits& wanted) {
  const auto left = std::make_shared<std::atomic<std::size_t>>(0);
  const Hosted hosted{
      .name = "kernel " + kernel.name,
      .argument = [argument = std::string(kernel_prefix) + kernel.name] { return argument; },
      .left_running = left};
  return {kernel,
          [hosted, without_code = worker_kernel(kernel), limits = with_usual_values(wanted)] {
            return std::make_unique<WorkerSandbox>(hosted, without_code, limits);
          },
          left};
}

}  // namespace convict::sandbox
