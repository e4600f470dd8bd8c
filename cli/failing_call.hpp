#pragma once

#include "oracle/case.hpp"
#include "oracle/custody/custody.hpp"

namespace convict::cli {

/// A trial under a check other than the judge's, reduced to one call of the kernel: the first that
/// is wrong, or does not return, and is again when nothing was called before. Throws UsageError
/// saying so when the check passes or is refused, or when it takes several calls to show the fault.
oracle::Case failing_call(const Trial& trial, const oracle::Subject& subject);

}  // namespace convict::cli
