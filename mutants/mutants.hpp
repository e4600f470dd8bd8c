// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "core/kernel.hpp"
#include "core/trial.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::mutants {

/// A kernel with one known fault. Unless its fault is a false claim, it claims what a right kernel
/// would: direct summation, deterministic, any strides (below 1 only where the fault is about
/// them).
struct Mutant {
  Kernel kernel;                 ///< named mutant.<fault>
  std::string_view fault;        ///< one sentence: what is wrong
  std::string_view fault_class;  ///< SHAPE IDX OVF PAD TAIL GRP UNINIT PREC LAYOUT RACE STRB DISP
                                 ///< WS ACC CACHE MEMORY
  /// What should find the fault: a layer of the judge (sandbox, memory safety, exact, bound) or a
  /// check, by name.
  std::string_view intended;
  /// Whether the fault changes something observable on this trial's problem: in one call or, for a
  /// fault that depends on earlier calls, in some sequence of calls that contains it. Derived from
  /// the fault, not from a check. The spec may be invalid.
  bool (*triggered)(const Trial&);
  std::string_view example;  ///< the text of an example trial on which the intended check finds it
  /// Bytes that it holds, of a mutant whose fault that is: mutants run in a process with many
  /// others, whose memory tells nothing. Null: it holds none.
  std::size_t (*memory)() = nullptr;
};

/// The mutant as a kernel under test, run in this process.
sandbox::Subject subject_of(const Mutant& mutant);

/// The mutants with which the judge is tested. None crashes or hangs; their out-of-bounds writes
/// stay within 64 bytes of their buffers.
std::span<const Mutant> all_mutants();

/// A kernel with a real race. A schedule decides whether its fault shows, even on its example, so
/// that it is none of all_mutants.
const Mutant& racing_mutant();

/// The right kernel from which every mutant differs by its fault.
const Kernel& right();

}  // namespace convict::mutants
