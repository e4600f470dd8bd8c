// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace convict::emulation {

/// A file that a kernel for the emulated device is built with: below emulation/device, or a header
/// of the plug-in interface in the folder "plugin".
struct DeviceText {
  std::string_view path;
  std::string_view text;
};
std::span<const DeviceText> device_texts();

}  // namespace convict::emulation
