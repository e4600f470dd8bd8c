// SPDX-License-Identifier: Apache-2.0
#include "gpu/cudnn/entries.hpp"

#include <fmt/format.h>

#include <charconv>
#include <mutex>
#include <utility>

#include "gpu/cudnn/service.hpp"

namespace convict::gpu {
namespace cudnn {
namespace {

constexpr std::string_view direct_name = "gpu.cudnn";
constexpr std::string_view tensor_core_name = "gpu.cudnn.tensor_core";

std::string named(bool tensor_core, std::string_view last) {
  return fmt::format("{}.{}", tensor_core ? tensor_core_name : direct_name, last);
}

/// Pointers must be aligned to 16 bytes (pointer_alignment), which are 8 elements of a 16-bit type
/// and 4 of f32.
Claims claims_of(bool tensor_core, const Choice& choice) {
  Claims claims;
  claims.truncating_adds = tensor_core;
  claims.deterministic = choice.deterministic;
  claims.recordable = !choice.engine;  // nothing is known of single engines
  claims.required_alignment = tensor_core ? 8 : 4;
  return claims;
}

/// The choice of a kernel. A *_once choice keeps the engine of the kernel's first plan.
class KeptChoice {
 public:
  explicit KeptChoice(const Choice& choice) : choice_(choice) {}

  Choice now() const {
    const std::scoped_lock lock(mutex_);
    return choice_;
  }
  void keep(Service& service, const Problem& problem) {
    const std::scoped_lock lock(mutex_);
    if (!choice_.once || choice_.engine) return;
    choice_.engine = service.engine(problem, choice_);
    choice_.timed = false;
  }

 private:
  mutable std::mutex mutex_;
  Choice choice_;
};

Choice of_engine(index_t index) {
  constexpr std::size_t most_workspace = std::size_t{8} << 30;
  return {.engine = index, .deterministic = false, .workspace_limit = most_workspace};
}

Kernel engine_entry(bool tensor_core, index_t index) {
  return entry(named(tensor_core, fmt::format("engine{}", index)), tensor_core, of_engine(index));
}

}  // namespace

Kernel entry(std::string name, bool tensor_core, const Choice& choice,
             std::function<Service&()> service) {
  const auto kept = std::make_shared<KeptChoice>(choice);
  Kernel kernel{.name = std::move(name),
                .device = DeviceKind::gpu,
                .precisions = {Precision::f64, Precision::f32},
                .any_strides = true,
                .claims = claims_of(tensor_core, choice),
                .absent = why_absent};
  if (tensor_core)
    kernel.precisions = {Precision::tf32, Precision::bf16, Precision::f16, Precision::f16a16};
  kernel.refuses = [service, kept](const Problem& problem) {
    return service().refuses(problem, kept->now());
  };
  kernel.workspace_bytes = [service, kept](const Problem& problem) {
    return service().workspace_bytes(problem, kept->now());
  };
  kernel.plan = [service, kept](const Problem& problem) {
    kept->keep(service(), problem);
    return service().plan(problem, kept->now());
  };
  kernel.run = [service](const Problem& problem, const Buffers& buffers) {
    service().run(problem, buffers);
  };
  return kernel;
}

}  // namespace cudnn

std::vector<Kernel> cudnn_kernels() {
  return {cudnn::entry(std::string(cudnn::direct_name), false, {}),
          cudnn::entry(std::string(cudnn::tensor_core_name), true, {})};
}

Kernel cudnn_algorithm_kernel(std::string_view algorithm, Precision precision) {
  const bool tensor_core = precision != Precision::f64 && precision != Precision::f32;
  return cudnn::entry(cudnn::named(tensor_core, algorithm), tensor_core,
                      cudnn::choice_named(algorithm));
}

std::optional<Kernel> engine_kernel(std::string_view name) {
  for (const bool tensor_core : {true, false}) {
    const std::string prefix = cudnn::named(tensor_core, "engine");
    if (!name.starts_with(prefix)) continue;
    const std::string_view digits = name.substr(prefix.size());
    index_t index = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error == std::errc() && end == digits.data() + digits.size() && index >= 0 &&
        fmt::format("{}", index) == digits)
      return cudnn::engine_entry(tensor_core, index);
  }
  return std::nullopt;
}

std::vector<Kernel> engine_kernels() {
  std::vector<Kernel> kernels;
  for (const bool tensor_core : {false, true})
    for (index_t index = 0; index < most_engines; ++index)
      kernels.push_back(cudnn::engine_entry(tensor_core, index));
  return kernels;
}

std::string cudnn_version() { return cudnn::version(); }

std::string cudnn_device_description() { return cudnn::device_description(); }

}  // namespace convict::gpu
