#include "gpu/toeplitz/device_row.hpp"

#include <cassert>
#include <cstdint>

#include "core/errors.hpp"
#include "gpu/device.hpp"
#include "gpu/toeplitz/cuda_queue.hpp"
#include "gpu/toeplitz/row_workspace.hpp"
#include "gpu/toeplitz/toeplitz.hpp"

namespace convict::gpu {
namespace {

struct CudaToeplitz {
  ToeplitzPlan plan;
  std::unique_ptr<Blas> blas;  ///< none where no product is needed
};

const BlasCalls& cublas() {
  static const Library library("libcublas.so.13");
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

std::byte* memory(void* data) { return static_cast<std::byte*>(data); }

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
  auto* const made = static_cast<CudaToeplitz*>(buffers.plan);
  if (made == nullptr) throw KernelError("called without the plan its row makes");
  assert(made->plan.problem == problem);
  assert(buffers.workspace_bytes >= row_workspace(made->plan));
  static_cast<void>(problem);
  auto* const stream = static_cast<cudaStream_t>(buffers.stream);
  const RowWorkspace workspace = carve(memory(buffers.workspace));
  if (made->blas) made->blas->use(stream, workspace.blas, blas_workspace_bytes);
  CudaQueue queue(made->blas.get(), stream);
  enqueue_toeplitz(
      made->plan,
      {memory(buffers.input), memory(buffers.filters), memory(buffers.output), workspace.toeplitz},
      queue);
}

}  // namespace convict::gpu
