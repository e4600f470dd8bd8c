// SPDX-License-Identifier: Apache-2.0
// The kernels of this folder for the emulated device (emulation/device), as a plug-in that convict
// builds where it needs it. Host code and device code are the sources of the rows for a GPU; what
// is of its own here are the copies between host and device, and a plain kernel for the products
// that cuBLAS computes on a GPU.
//
//   NVCC_APPEND_FLAGS="-std=c++20 -I<checkout>" convict conform --kernel gpu/emulated/rows.cu

// One translation unit, so that nothing needs to be linked.
#define FMT_HEADER_ONLY 1
#ifdef CONVICT_EMULATED
#undef __NVCC__  // fmt avoids constexpr for nvcc
#endif
#include "core/geometry.cpp"
#include "core/half.cpp"
#include "core/kernel.cpp"
#include "core/layout.cpp"
#include "core/layout_text.cpp"
#include "core/problem.cpp"
#include "core/spec.cpp"
#include "gpu/emulated/problem.hpp"
#include "gpu/emulated/rows.hpp"
#include "gpu/implicit_gemm/implicit_gemm.cpp"
#include "gpu/implicit_gemm/launch.cu"
#include "gpu/implicit_gemm/plan.cpp"
#include "gpu/implicit_gemm/products.cpp"
#include "gpu/runtime/runtime.cpp"
#include "gpu/toeplitz/call_workspace.hpp"
#include "gpu/toeplitz/chunk.cpp"
#include "gpu/toeplitz/device_calls.hpp"
#include "gpu/toeplitz/entries.cpp"
#include "gpu/toeplitz/launch.cu"
#include "gpu/toeplitz/plan.cpp"
#include "gpu/toeplitz/products.cpp"
#include "gpu/toeplitz/toeplitz.cpp"

namespace convict::gpu {

std::optional<std::string> why_no_device() { return std::nullopt; }
std::optional<std::string> why_no_toeplitz() { return std::nullopt; }

namespace emulated {

/// Element (row, column) of product `number` of a batch.
template <class T>
__device__ auto element(const Matrices& m, index_t number, index_t row, index_t column) {
  const index_t at = m.transposed ? column * m.stride + row : row * m.stride + column;
  return widened(reinterpret_cast<const T*>(m.elements.data)[number * m.next + at]);
}

/// c(row, column) = alpha sum_d a(row, d) b(d, column) + beta c(row, column), a thread for each
/// result.
template <class T, class Sum, class Result>
__global__ void multiply_matrices(const Products p) {
  const index_t results = p.count * p.rows * p.columns;
  for (index_t at = first_thread(); at < results; at += all_threads()) {
    const index_t number = at / (p.rows * p.columns);
    const index_t row = at / p.columns % p.rows, column = at % p.columns;
    Sum sum = 0;
    for (index_t d = 0; d < p.depth; ++d)
      sum += element<T>(p.a, number, row, d) * element<T>(p.b, number, d, column);
    Result& result =
        reinterpret_cast<Result*>(p.c.elements.data)[number * p.c.next + row * p.c.stride + column];
    sum *= static_cast<Sum>(p.scale.alpha);
    if (p.scale.beta != 0) sum += static_cast<Sum>(p.scale.beta) * widened(result);
    result = narrowed<Result>(sum);
  }
}

class EmulatedQueue final : public Queue {
 public:
  explicit EmulatedQueue(cudaStream_t stream) : stream_(stream) {}

  void im2col(const ColumnMap& map, Elements x, Elements columns) override {
    launch_im2col(map, x, columns, stream_);
    require(cudaPeekAtLastError(), "im2col");
  }
  void col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x) override {
    launch_col2im(map, columns, scale, x, stream_);
    require(cudaPeekAtLastError(), "col2im");
  }
  void multiply(const Products& products) override {
    with_storage_type(products.a.elements.type, [&](auto t) {
      using T = decltype(t);
      if (products.c.elements.type == products.a.elements.type) return start<T, T>(products);
      if constexpr (sizeof(T) == 2) return start<T, float>(products);
      throw std::logic_error("no product has such a result");
    });
    require(cudaPeekAtLastError(), "a product of matrices");
  }

 private:
  template <class T, class Result>
  void start(const Products& p) {
    using Sum = std::conditional_t<sizeof(T) == 8, double, float>;
    multiply_matrices<T, Sum, Result>
        <<<blocks_for(p.count * p.rows * p.columns), threads_per_block, 0, stream_>>>(p);
  }

  cudaStream_t stream_;
};

/// Device memory, which is not written.
class DeviceMemory : public Owned<void*> {
 public:
  explicit DeviceMemory(std::size_t bytes) : Owned(cudaFree) {
    require(cudaMalloc(to_set(), bytes + 1), "cudaMalloc");
  }
};

/// A copy of a tensor, with its gaps.
class TensorCopy {
 public:
  template <std::size_t Rank>
  TensorCopy(void* host, const Shape<Rank>& shape, Precision precision)
      : host_(host),
        bytes_(static_cast<std::size_t>(shape.span() * bytes_of(precision))),
        memory_(bytes_) {
    require(cudaMemcpy(memory_.get(), host_, bytes_, cudaMemcpyHostToDevice), "cudaMemcpy");
  }

  void* get() const { return memory_.get(); }
  void bring_back() const {
    require(cudaMemcpy(host_, memory_.get(), bytes_, cudaMemcpyDeviceToHost), "cudaMemcpy");
  }

 private:
  void* host_;
  std::size_t bytes_;
  DeviceMemory memory_;
};

/// The call of a kernel for a GPU on copies of the call's tensors.
void run(const Kernel& kernel, const plugin::Call& call) {
  const Problem problem = problem_of(call.problem);
  const convict_buffers& host = call.buffers;
  const TensorCopy input(host.input, problem.shapes.input, problem.precision);
  const TensorCopy filters(host.filters, problem.shapes.filters, problem.precision);
  const TensorCopy output(host.output, problem.shapes.output, problem.precision);
  const DeviceMemory workspace(host.workspace_bytes);
  Owned<cudaStream_t> stream(cudaStreamDestroy);
  require(cudaStreamCreateWithFlags(stream.to_set(), cudaStreamNonBlocking), "cudaStreamCreate");
  kernel.run(problem, {.input = input.get(),
                       .filters = filters.get(),
                       .output = output.get(),
                       .workspace = workspace.get(),
                       .workspace_bytes = host.workspace_bytes,
                       .stream = stream.get(),
                       .plan = call.planned});
  require(cudaStreamSynchronize(stream.get()), "cudaStreamSynchronize");
  switch (problem.pass) {
    case Pass::forward: return output.bring_back();
    case Pass::grad_input: return input.bring_back();
    case Pass::grad_weights: return filters.bring_back();
  }
}

template <class Values, class Named>
std::int32_t bits_of(const Values& values, const Named& all) {
  std::int32_t bits = 0;
  for (const auto value : values)
    bits |= 1 << (std::find(all.begin(), all.end(), value) - all.begin());
  return bits;
}

plugin::Row row_of(const Kernel& kernel) {
  plugin::Row row(kernel.name, [=](const plugin::Call& call) { run(kernel, call); });
  row.passes = bits_of(kernel.passes, all_passes);
  row.precisions = bits_of(kernel.precisions, all_precisions);
  row.any_strides = kernel.any_strides;
  row.refuses = [=](const convict_problem& problem) {
    return kernel.refuses(problem_of(problem)).value_or("");
  };
  row.workspace_bytes = [=](const convict_problem& problem) {
    return kernel.workspace_bytes(problem_of(problem));
  };
  row.plan = [=](const convict_problem& problem) { return kernel.plan(problem_of(problem)); };
  row.claims.truncating_adds = kernel.claims.truncating_adds ? 1 : 0;
  row.claims.truncation_block = kernel.claims.truncation_block;
  return row;
}

}  // namespace emulated

// gpu/toeplitz/call_workspace.hpp without cuBLAS.
std::size_t call_workspace(const ToeplitzPlan& plan) {
  return plan.needs_products() ? part_alignment - 1 + toeplitz_workspace(plan) : 0;
}

std::shared_ptr<void> make_toeplitz(const Problem& problem) {
  return std::make_shared<ToeplitzPlan>(plan_toeplitz(problem));
}

void run_toeplitz(const Problem&, const Buffers& buffers) {
  const auto memory = [](void* data) { return static_cast<std::byte*>(data); };
  emulated::EmulatedQueue queue(static_cast<cudaStream_t>(buffers.stream));
  // The device's memory starts at a multiple of part_alignment.
  enqueue_toeplitz(*static_cast<const ToeplitzPlan*>(buffers.plan),
                   {memory(buffers.input), memory(buffers.filters), memory(buffers.output),
                    memory(buffers.workspace)},
                   queue);
}

}  // namespace convict::gpu

extern "C" const convict_plugin* convict_plugin_v1() {
  using namespace convict::gpu;
  static const convict::plugin::Table table([] {
    std::vector<convict::plugin::Row> rows;
    for (const convict::Kernel& kernel : own_kernels()) rows.push_back(emulated::row_of(kernel));
    return rows;
  }());
  return table.get();
}
