// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// Tests how well the judge detects faults on this trial (as the power of a statistical test):
/// plants faults in copies of the right result, one at a time, and judges each copy.
///   NaN, zeros, shifted columns, swapped channels, an unwritten tail    must be detected
///   one product dropped or added twice   must be detected where the fill has a smallest product
///   inputs rounded to bf16               must be detected with mantissa fills and exact results
///   one unit in the last place           must be detected where the result must be exact
/// Passes when every fault that must be detected is detected; otherwise mistrusted, and the reason
/// names the faults. The subject is not called; only its claims are used.
Verdict power(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
              Cases& cases);

}  // namespace convict::oracle
