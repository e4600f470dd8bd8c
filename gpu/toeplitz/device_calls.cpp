// SPDX-License-Identifier: Apache-2.0
#include "gpu/toeplitz/device_calls.hpp"

#include <cassert>

#include "core/errors.hpp"
#include "gpu/device/device.hpp"
#include "gpu/toeplitz/cuda_queue.hpp"

namespace convict::gpu {
namespace {

struct CudaToeplitz {
  ToeplitzPlan plan;
  std::unique_ptr<Blas> blas;  ///< null where no products are needed
};

const BlasCalls& cublas() {
  // Never closed: it has to destroy the handles of plans, which may outlive everything else.
  static const auto& library = *new Library("libcublas.so.13");
  static const BlasCalls calls = blas_calls(library);
  return calls;
}

std::optional<std::string> why_no_cublas() {
  try {
    static_cast<void>(cublas());
    return std::nullopt;
  } catch (const EnvironmentError& error) {
    return error.what();
  }
}

}  // namespace

std::optional<std::string> why_no_toeplitz() {
  if (auto why = why_no_device()) return why;
  static const std::optional<std::string> why = why_no_cublas();
  return why;
}

std::shared_ptr<void> make_toeplitz(const Problem& problem) {
  auto made = std::make_shared<CudaToeplitz>();
  made->plan = plan_toeplitz(problem);
  if (made->plan.needs_products()) made->blas = std::make_unique<Blas>(cublas(), problem.precision);
  return made;
}

void run_toeplitz(const Problem& problem, const Buffers& buffers) {
  const auto* const made = static_cast<const CudaToeplitz*>(buffers.plan);
  if (made == nullptr) throw KernelError("called without the plan that its kernel makes");
  assert(made->plan.problem == problem);
  static_cast<void>(problem);
  call_toeplitz(made->plan, made->blas.get(), buffers);
}

}  // namespace convict::gpu
