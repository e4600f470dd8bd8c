// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace convict::emulation {

/// A CUDA C++ source as ordinary C++ for the emulated device, and what the emulated device must
/// know about it.
struct Rewritten {
  std::string text;
  /// Threads may wait for each other in loops that only an access to memory can interrupt
  /// (volatile): the source is always run with every access watched.
  bool may_spin = false;
};

/// Turns what is CUDA in `preprocessed` (the output of g++ -E with its line markers) into calls of
/// emulation/device/include/convict_device: launches, shared memory and the specifiers of
/// functions and variables. Lines keep their numbers. Headers of the system and those below
/// `own_headers` are left as they are. Throws InputError naming file, line and construct where the
/// emulated device has no such thing.
Rewritten rewritten(std::string_view preprocessed, std::string_view own_headers);

}  // namespace convict::emulation
