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

bool takes(const Kernel& row, Precision precision) {
  return std::ranges::find(row.precisions, precision) != row.precisions.end();
}

Kernel base_row(std::string_view name, Precision precision) {
  const std::string kin = std::string(name) + ".";
  const Kernel* named = nullptr;
  for (const Kernel& row : base_kernels()) {
    if (row.name != name && !row.name.starts_with(kin)) continue;
    if (takes(row, precision)) return row;
    if (row.name == name) named = &row;
  }
  if (named == nullptr) throw EnvironmentError(fmt::format("this build has no row {}", name));
  return *named;
}

}  // namespace

const Backend& device_backend() {
  static const Backend backend{
      .row = base_row, .dnn_row = gpu::cudnn_algorithm_kernel, .device_of = ops::device_of};
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
