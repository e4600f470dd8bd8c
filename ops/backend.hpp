// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "core/device.hpp"
#include "core/kernel.hpp"

namespace convict::ops {

/// Where the GPU operations of Theano and Aesara get their kernels and the memory to run in. Tests
/// replace it.
struct Backend {
  /// The first kernel that takes `precision` among the one of that name ("gpu.corr_mm") and those
  /// whose names continue it ("gpu.corr_mm.tensor_core"); the one of that name if none does. Throws
  /// EnvironmentError when the build has no kernel of that name.
  std::function<Kernel(std::string_view name, Precision precision)> kernel;
  /// cuDNN with the engines of Theano's `algorithm` (gpu/cudnn/choice.hpp), for problems of
  /// `precision`.
  std::function<Kernel(std::string_view algorithm, Precision precision)> dnn_kernel;
  std::function<Device&(const Kernel& kernel)> device_of;
};

/// The kernels of this build, on the GPU.
const Backend& device_backend();

/// The device of the kernel: the GPU or the host. Throws EnvironmentError without a GPU.
Device& device_of(const Kernel& kernel);

/// Throws EnvironmentError with the reason when the kernel cannot run on this machine.
void require_present(const Kernel& kernel);

}  // namespace convict::ops
