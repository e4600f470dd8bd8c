// SPDX-License-Identifier: Apache-2.0
// The functions of gpu/cudnn that call cuDNN, for a build without its headers.

#include "core/errors.hpp"
#include "gpu/cudnn/service.hpp"
#include "gpu/device/device.hpp"

namespace convict::gpu::cudnn {

std::optional<std::string> why_absent() {
  if (auto why = why_no_device()) return why;
  return "built without cuDNN";
}

Service& service() { throw EnvironmentError(*why_absent()); }

std::string device_description() { throw EnvironmentError(*why_absent()); }

std::string version() { return "built without cuDNN"; }

}  // namespace convict::gpu::cudnn
