// SPDX-License-Identifier: Apache-2.0
#include "capability.hpp"

#include "convict_device/language.hpp"

namespace convict_device {
namespace {

const convict::emulation::Capability* chosen = nullptr;

}  // namespace

const convict::emulation::Capability& capability() { return *chosen; }

int use_capability(int number) {
  chosen = convict::emulation::capability_of(number);
  return number;
}

}  // namespace convict_device
