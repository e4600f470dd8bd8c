// SPDX-License-Identifier: Apache-2.0
#include "capability.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "convict_device/language.hpp"

namespace convict_device {
namespace {

constexpr std::size_t kib = 1024;
// As emulation/build.cpp takes them.
constexpr std::array<Capability, 11> capabilities = {{{70, 96 * kib, 96 * kib, 2048},
                                                      {75, 64 * kib, 64 * kib, 1024},
                                                      {80, 163 * kib, 164 * kib, 2048},
                                                      {86, 99 * kib, 100 * kib, 1536},
                                                      {87, 163 * kib, 164 * kib, 1536},
                                                      {89, 99 * kib, 100 * kib, 1536},
                                                      {90, 227 * kib, 228 * kib, 2048},
                                                      {100, 227 * kib, 228 * kib, 2048},
                                                      {103, 227 * kib, 228 * kib, 2048},
                                                      {120, 99 * kib, 100 * kib, 1536},
                                                      {121, 99 * kib, 100 * kib, 1536}}};
const Capability* chosen = nullptr;

}  // namespace

const Capability& capability() { return *chosen; }

int use_capability(int number) {
  for (const Capability& one : capabilities)
    if (one.number == number) chosen = &one;
  if (chosen != nullptr) return number;
  std::fprintf(stderr, "convict: no device of capability %d is known\n", number);
  std::_Exit(3);
}

}  // namespace convict_device
