#include <memory>
#include <string>

#include "sandbox/host/worker_sandbox.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::sandbox {
namespace {

/// A row with something to say has the last word on layouts, too: `refusal` asks it first.
WorkerKernel worker_kernel(const Kernel& kernel) {
  WorkerKernel row{.declared = kernel, .asks = kernel.refuses || kernel.workspace_bytes};
  row.declared.refuses = nullptr;
  row.declared.workspace_bytes = nullptr;
  row.declared.plan = nullptr;
  row.declared.run = nullptr;
  row.declared.any_strides = kernel.any_strides || row.asks;
  return row;
}

}  // namespace

Subject in_worker(const Kernel& kernel, const Limits& wanted) {
  const Hosted hosted{
      .name = "kernel " + kernel.name,
      .argument = [argument = std::string(kernel_prefix) + kernel.name] { return argument; }};
  return {kernel, [hosted, row = worker_kernel(kernel), limits = with_usual_values(wanted)] {
            return std::make_unique<WorkerSandbox>(hosted, row, limits);
          }};
}

}  // namespace convict::sandbox
