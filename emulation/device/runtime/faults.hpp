// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdarg>
#include <string>

namespace convict_device {

/// Kinds of faults, the plainest first: of several, the first kind is told.
enum class Fault {
  access,    ///< outside of an object, misaligned, memory of the host
  barrier,   ///< threads wait where others cannot arrive
  stopped,   ///< assert, trap
  race,      ///< of threads
  order,     ///< of operations on streams, or with the host
  launch,    ///< refused, and nobody looked at the error
  unwritten  ///< memory that was never written is read
};

/// Keeps the fault, for the call that is under way. Equal sentences are kept once, and few of a
/// kind.
void record_fault(Fault kind, const std::string& sentence);
/// The first fault of the plainest kind, and how many others there are; empty without faults.
std::string fault_sentence();
bool has_faults();
void forget_faults();

std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace convict_device
