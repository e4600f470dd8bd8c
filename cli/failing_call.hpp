#pragma once

#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// A trial under a check other than the judge's, reduced to one call of the kernel: the first that
/// is wrong, or does not return, and is again when nothing was called before. Throws UsageError
/// saying so when the check passes or is refused, or when it takes several calls to show the fault.
oracle::Case failing_call(const Trial& trial, const sandbox::Subject& subject);

}  // namespace convict::cli
