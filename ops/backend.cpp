// SPDX-License-Identifier: Apache-2.0
#include "ops/backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/errors.hpp"
#include "gpu/cudnn/entries.hpp"
#include "gpu/device/device.hpp"
#include "ops/kernels.hpp"

namespace convict::ops {
namespace {

bool takes(const Kernel& kernel, Precision precision) {
  return std::ranges::find(kernel.precisions, precision) != kernel.precisions.end();
}

Kernel base_kernel(std::string_view name, Precision precision) {
  const std::string kin = std::string(name) + ".";
  const Kernel* named = nullptr;
  for (const Kernel& kernel : base_kernels()) {
    if (kernel.name != name && !kernel.name.starts_with(kin)) continue;
    if (takes(kernel, precision)) return kernel;
    if (kernel.name == name) named = &kernel;
  }
  if (named == nullptr) throw EnvironmentError(fmt::format("this build has no kernel {}", name));
  return *named;
}

}  // namespace

const Backend& device_backend() {
  static const Backend backend{.kernel = base_kernel,
                               .dnn_kernel = gpu::cudnn_algorithm_kernel,
                               .device_of = ops::device_of};
  return backend;
}

Device& device_of(const Kernel& kernel) {
  return kernel.device == DeviceKind::gpu ? gpu::device() : host_device();
}

void require_present(const Kernel& kernel) {
  if (const auto why = absence(kernel))
    throw EnvironmentError(fmt::format("{} cannot run: {}", kernel.name, *why));
}

}  // namespace convict::ops
