// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/verdict.hpp"

namespace convict::fuzz {

/// The cluster of a finding: pass, outcome, layer and the reason without its numbers. Findings of
/// one kernel in the same cluster are taken for one fault.
std::string cluster_of(const Trial& trial, const Verdict& verdict);

}  // namespace convict::fuzz
