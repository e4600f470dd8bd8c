#include "ops/execute.hpp"

#include <algorithm>
#include <memory>
#include <thread>

#include "core/device.hpp"
#include "ops/errors.hpp"
#include "ops/params.hpp"
#include "ops/selection.hpp"

namespace convict::ops {
namespace {

/// Memory of the host device for the length of one call.
class Workspace {
 public:
  explicit Workspace(std::size_t bytes)
      : memory_(bytes == 0 ? nullptr : host_device().allocate(bytes)) {}
  std::byte* data() const { return memory_.get(); }

 private:
  struct Release {
    void operator()(std::byte* memory) const { host_device().release(memory); }
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

/// Kernels promise not to write what the pass does not produce.
void* operand(const Array& array) { return const_cast<void*>(array.data()); }

Buffers buffers_of(Pass pass, const Array& first, const Array& second, Array& result) {
  switch (pass) {
    case Pass::forward:
      return {.input = operand(first), .filters = operand(second), .output = result.data()};
    case Pass::grad_input:
      return {.input = result.data(), .filters = operand(first), .output = operand(second)};
    case Pass::grad_weights:
      return {.input = operand(first), .filters = result.data(), .output = operand(second)};
  }
  return {};
}

int threads_of(const Policy& policy) {
  if (!policy.openmp) return 1;
  if (policy.threads > 0) return policy.threads;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Array run(const Kernel& kernel, const Problem& problem, const Array& first, const Array& second) {
  Array result(result_dims(problem.spec, problem.pass), problem.precision);
  if (result.elements() == 0 || first.elements() == 0 || second.elements() == 0) return result;

  std::optional<Array> wider_first;
  std::optional<Array> wider_second;
  const Array& a = widened(first, problem.precision, wider_first);
  const Array& b = widened(second, problem.precision, wider_second);
  const std::size_t bytes = workspace_bytes(kernel, problem);
  const Workspace workspace(bytes);
  Buffers buffers = buffers_of(problem.pass, a, b, result);
  buffers.workspace = workspace.data();
  buffers.workspace_bytes = bytes;
  kernel.run(problem, buffers);
  return result;
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
  return run(select(problem, policy), problem, first, second);
}

Array compute_on(const Kernel& kernel, const ConvSpec& spec, Pass pass, const Array& first,
                 const Array& second, const Policy& policy) {
  const Precision precision = upcast(first.precision(), second.precision());
  const Problem problem = problem_of(spec, pass, precision, policy);
  if (const auto why = refusal(kernel, problem))
    throw NoImplementationError(kernel.name + ": " + *why);
  return run(kernel, problem, first, second);
}

}  // namespace convict::ops
