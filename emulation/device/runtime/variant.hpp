// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "plugin.h"

namespace convict_device {

/// What a shared object with a user's kernels and an emulated device of its own offers. There are
/// two of each source: one as fast as can be, and one with every access watched.
struct Variant {
  const convict_plugin* (*plugin)();
  /// Before a call of the plug-in: draws all orders from `seed`. `seconds`: after so long, its
  /// launches are stopped; 0: never.
  void (*begin)(std::uint64_t seed, bool tells_unwritten, double seconds);
  /// After it. Writes the fault of the call to `message`, if there was one; returns whether.
  /// `repeated`: the call before was the same.
  bool (*end)(char* message, std::size_t message_bytes, bool repeated);
  /// How often a thread of a kernel began or went on in the latest call.
  std::uint64_t (*turns)();
  /// Whether launches of the latest call were stopped because its time was over.
  bool (*was_stopped)();
};
using VariantEntry = const Variant* (*)();
inline constexpr const char* variant_entry = "convict_emulated_variant_v1";

}  // namespace convict_device
