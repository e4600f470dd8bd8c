#pragma once

#include <span>
#include <string_view>

#include "core/kernel.hpp"
#include "core/trial.hpp"

namespace convict::mutants {

/// A kernel with one known fault. It claims what its author would: a direct summation, correct,
/// deterministic, for any strides.
struct Mutant {
  Kernel kernel;                 ///< named zoo.<fault>
  std::string_view fault;        ///< one sentence: what is wrong
  std::string_view fault_class;  ///< SHAPE IDX OVF PAD TAIL GRP UNINIT PREC LAYOUT RACE STRB DISP
                                 ///< WS ACC CACHE MEMORY
  /// What should convict it: a layer of the judge (sandbox, hygiene, exact, bound), or a
  /// check by name.
  std::string_view intended;
  /// Whether this trial's problem makes the fault change something observable, in this call or, for
  /// a fault with a memory, in some sequence that contains it. Follows from the fault alone; the
  /// spec may be invalid.
  bool (*triggered)(const Trial&);
  std::string_view witness;  ///< a trial on which the intended check finds it
};

/// Against these the judge audits itself. None of them crashes or hangs, and what they write beside
/// their buffers stays within 64 bytes of them.
std::span<const Mutant> all_mutants();

/// The kernel they all are but for their fault.
const Kernel& right();

}  // namespace convict::mutants
