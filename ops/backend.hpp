#pragma once

#include <functional>
#include <string_view>

#include "core/device.hpp"
#include "core/kernel.hpp"

namespace convict::ops {

/// Where the operations that the seeds run on a GPU find their rows and the memory to run in. A
/// test gives one that leads elsewhere.
struct Backend {
  /// The row of that name ("gpu.corr_mm"), or the one of its kin ("gpu.corr_mm.tensor_core") that
  /// takes `precision`. Throws EnvironmentError when the build has none.
  std::function<Kernel(std::string_view name, Precision precision)> kernel;
  /// cuDNN with the engines that the seeds' `algorithm` means, for problems of `precision`.
  std::function<Kernel(std::string_view algorithm, Precision precision)> dnn_kernel;
  std::function<Device&(const Kernel& kernel)> device_of;
};

/// The rows of this build, on the GPU.
const Backend& device_backend();

/// Where the row's memory is: the GPU, else the host. Throws EnvironmentError without a GPU.
Device& device_of(const Kernel& kernel);

/// Throws EnvironmentError with the reason when the row cannot run on this machine.
void require_present(const Kernel& kernel);

}  // namespace convict::ops
