// SPDX-License-Identifier: Apache-2.0
#include "ops/execute.hpp"

#include <algorithm>
#include <memory>
#include <thread>

#include "core/device.hpp"
#include "gpu/cudnn/entries.hpp"
#include "ops/backend.hpp"
#include "ops/errors.hpp"
#include "ops/params.hpp"
#include "ops/selection.hpp"

namespace convict::ops {
namespace {

/// Device memory for the duration of one call.
class Memory {
 public:
  Memory(Device& device, std::size_t bytes)
      : memory_(bytes == 0 ? nullptr : device.allocate(bytes), Release{&device}) {}
  std::byte* data() const { return memory_.get(); }

 private:
  struct Release {
    Device* device;
    void operator()(std::byte* memory) const { device->release(memory); }
  };
  std::unique_ptr<std::byte, Release> memory_;
};

Dims result_dims(const ConvSpec& spec, Pass pass) {
  switch (pass) {
    case Pass::forward: return output_dims(spec);
    case Pass::grad_input: return input_dims(spec);
    case Pass::grad_weights: return filter_dims(spec);
  }
  return {};
}

/// `array` itself when it has the type already, else a copy kept in `storage`.
const Array& widened(const Array& array, Precision precision, std::optional<Array>& storage) {
  if (array.precision() == precision) return array;
  return storage.emplace(array.as(precision));
}

Buffers buffers_of(Pass pass, void* first, void* second, void* result) {
  switch (pass) {
    case Pass::forward: return {.input = first, .filters = second, .output = result};
    case Pass::grad_input: return {.input = result, .filters = first, .output = second};
    case Pass::grad_weights: return {.input = first, .filters = result, .output = second};
  }
  return {};
}

int threads_of(const Policy& policy) {
  if (!policy.openmp) return 1;
  if (policy.threads > 0) return policy.threads;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::size_t bytes_of(const Array& array) {
  return array.elements() * static_cast<std::size_t>(convict::bytes_of(array.precision()));
}

/// An operand in memory of the device: itself, or a copy.
class Placed {
 public:
  Placed(Device& device, const void* values, std::size_t bytes)
      : values_(const_cast<void*>(values)),
        copy_(device, device.host_addressable() ? 0 : bytes),
        device_(device),
        bytes_(bytes) {}

  void* data() const { return copy_.data() != nullptr ? copy_.data() : values_; }
  void upload() const {
    if (copy_.data() != nullptr)
      device_.upload(copy_.data(), static_cast<const std::byte*>(values_), bytes_);
  }
  void download() const {
    if (copy_.data() != nullptr)
      device_.download(static_cast<std::byte*>(values_), copy_.data(), bytes_);
  }

 private:
  void* values_;  ///< kernels must not write the tensors that a pass only reads
  Memory copy_;
  Device& device_;
  std::size_t bytes_;
};

void run(const Kernel& kernel, const Problem& problem, const Array& first, const Array& second,
         Array& result, Device& device) {
  const Placed a(device, first.data(), bytes_of(first));
  const Placed b(device, second.data(), bytes_of(second));
  const Placed y(device, result.data(), bytes_of(result));
  const std::size_t bytes = workspace_bytes(kernel, problem);
  const Memory workspace(device, bytes);
  Buffers buffers = buffers_of(problem.pass, a.data(), b.data(), y.data());
  buffers.workspace = workspace.data();
  buffers.workspace_bytes = bytes;
  buffers.stream = device.stream();
  const std::shared_ptr<void> plan = kernel.plan ? kernel.plan(problem) : nullptr;
  buffers.plan = plan.get();
  a.upload();
  b.upload();
  kernel.run(problem, buffers);
  device.synchronize();
  y.download();
}

Array run(const Kernel& kernel, const Problem& problem, const Array& first, const Array& second,
          Device* device) {
  const Precision stored = storage_of(problem.precision);
  Array result(result_dims(problem.spec, problem.pass), stored);
  if (result.elements() == 0 || first.elements() == 0 || second.elements() == 0) return result;
  std::optional<Array> wider_first;
  std::optional<Array> wider_second;
  run(kernel, problem, widened(first, stored, wider_first), widened(second, stored, wider_second),
      result, device != nullptr ? *device : device_of(kernel));
  return result;
}

const std::string& algorithm_of(const Policy& policy, Pass pass) {
  switch (pass) {
    case Pass::forward: return policy.dnn_conv_algo_fwd;
    case Pass::grad_input: return policy.dnn_conv_algo_bwd_data;
    case Pass::grad_weights: break;
  }
  return policy.dnn_conv_algo_bwd_filter;
}

/// The selected kernel; for cuDNN, the one with the engines that the policy names.
Kernel kernel_for(const Problem& problem, const Policy& policy) {
  const Kernel& chosen = select(problem, policy);
  if (!chosen.name.starts_with("gpu.cudnn")) return chosen;
  return gpu::cudnn_algorithm_kernel(algorithm_of(policy, problem.pass), problem.precision);
}

}  // namespace

Problem problem_of(const ConvSpec& spec, Pass pass, Precision precision, const Policy& policy) {
  return {.spec = spec,
          .pass = pass,
          .precision = precision,
          .threads = threads_of(policy),
          .shapes = shapes_of(spec)};
}

Array compute(const ConvSpec& spec, Pass pass, const Array& first, const Array& second,
              const Policy& policy) {
  const Precision precision = upcast(first.precision(), second.precision());
  const Problem problem = problem_of(spec, pass, precision, policy);
  return run(kernel_for(problem, policy), problem, first, second, nullptr);
}

Array compute_on(const Kernel& kernel, const ConvSpec& spec, Pass pass, const Array& first,
                 const Array& second, const Policy& policy, const Execution& how) {
  const Precision precision = how.precision.value_or(upcast(first.precision(), second.precision()));
  const Problem problem = problem_of(spec, pass, precision, policy);
  if (const auto why = refusal(kernel, problem))
    throw NoImplementationError(kernel.name + ": " + *why);
  return run(kernel, problem, first, second, how.device);
}

}  // namespace convict::ops
