#pragma once

#include "core/verdict.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::oracle {

/// The judge on trial: faults are done to the right result, and each must be seen.
///   nan, zeros, shifted columns, swapped channels, an unwritten tail    must be seen
///   one product dropped or taken twice        must be seen where the fill promises its size
///   inputs read as bf16                       must be seen where the fill spends their bits
///   one unit in the last place                must be seen where the result must be exact
/// Passes when what must be seen is; mistrusted, naming the faults, when this trial would acquit a
/// kernel that does them. The subject is not called: it lends its claims.
Verdict power(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
              Cases& cases);

}  // namespace convict::oracle
