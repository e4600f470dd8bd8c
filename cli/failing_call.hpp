// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// The first wrong call that `trial`, which has another check than the judge's, makes: its result
/// is wrong or it does not return, also when nothing was called before. Throws UsageError when the
/// check passes or is unsupported, and when no single call shows the fault.
oracle::Case failing_call(const Trial& trial, const sandbox::Subject& subject);

}  // namespace convict::cli
