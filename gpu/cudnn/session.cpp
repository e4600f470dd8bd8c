// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/session.hpp"

#include <fmt/format.h>

#include <array>

#include "core/half.hpp"

namespace convict::gpu::cudnn {
namespace {

void require_aligned(const char* name, const void* pointer) {
  if (reinterpret_cast<std::uintptr_t>(pointer) % pointer_alignment != 0)
    throw KernelError(
        fmt::format("the {} at {} is not aligned to {} bytes", name, pointer, pointer_alignment));
}

void require_usable(const Plan& plan, const Buffers& buffers) {
  require_aligned("input", buffers.input);
  require_aligned("filters", buffers.filters);
  require_aligned("output", buffers.output);
  require_aligned("workspace", buffers.workspace);
  if (buffers.workspace_bytes < plan.workspace_bytes)
    throw KernelError(fmt::format("the workspace has {} bytes; the plan needs {}",
                                  buffers.workspace_bytes, plan.workspace_bytes));
}

Descriptor variant_pack(const Api& api, const Buffers& buffers) {
  constexpr std::array<std::int64_t, 3> ids = {input_id, filters_id, output_id};
  const std::array<void*, 3> pointers = {buffers.input, buffers.filters, buffers.output};
  Descriptor pack(api, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, "pointers");
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, pointers);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, std::span<void* const>(&buffers.workspace, 1));
  pack.finalize();
  return pack;
}

template <std::size_t Rank>
void scale(const Shape<Rank>& shape, Precision precision, double beta, std::byte* memory) {
  with_storage_type(precision, [&](auto type) {
    using T = decltype(type);
    T* const elements = reinterpret_cast<T*>(memory);
    for_each_index(shape, [&](const std::array<index_t, Rank>& index) {
      T& element = elements[shape.offset(index)];
      element = beta == 0 ? T(0.0) : T(beta * static_cast<double>(element));
    });
  });
}

}  // namespace

Session::Session(const Api& api, const Runtime& runtime)
    : api_(api), runtime_(runtime), handle_(nullptr, Destroy{&api_}) {}

void Session::open() {
  const std::scoped_lock lock(mutex_);
  if (handle_) return;
  cudnnHandle_t handle = nullptr;
  require(api_, api_.create(&handle), "cudnnCreate");
  handle_.reset(handle);
}

void Session::run(const Plan& plan, const Buffers& buffers) {
  require_usable(plan, buffers);
  const Descriptor pack = variant_pack(api_, buffers);
  const std::scoped_lock lock(mutex_);
  require(api_, api_.set_stream(handle_.get(), static_cast<cudaStream_t>(buffers.stream)),
          "cudnnSetStream");
  require(api_, api_.execute(handle_.get(), plan.plan.get(), pack.get()), "cudnnBackendExecute");
}

void Session::scale_result(const Problem& problem, const Buffers& buffers) const {
  switch (problem.pass) {
    case Pass::forward:
      return scale_over_host(problem, problem.shapes.output, buffers.output, buffers.stream);
    case Pass::grad_input:
      return scale_over_host(problem, problem.shapes.input, buffers.input, buffers.stream);
    case Pass::grad_weights:
      return scale_over_host(problem, problem.shapes.filters, buffers.filters, buffers.stream);
  }
}

template <std::size_t Rank>
void Session::scale_over_host(const Problem& problem, const Shape<Rank>& shape, void* result,
                              void* stream) const {
  const std::size_t bytes = static_cast<std::size_t>(shape.span()) *
                            static_cast<std::size_t>(bytes_of(problem.precision));
  if (bytes == 0 || problem.beta == 1) return;
  const auto memory = std::make_unique<std::byte[]>(bytes);
  const auto on = static_cast<cudaStream_t>(stream);
  const auto copy = [&](void* to, const void* from, cudaMemcpyKind kind) {
    gpu::require(runtime_.copy(to, from, bytes, kind, on), "cudaMemcpyAsync");
    gpu::require(runtime_.synchronize(on), "cudaStreamSynchronize");
  };
  copy(memory.get(), result, cudaMemcpyDeviceToHost);
  scale(shape, problem.precision, problem.beta, memory.get());
  copy(result, memory.get(), cudaMemcpyHostToDevice);
}

}  // namespace convict::gpu::cudnn
