#pragma once

#include <string>

#include "core/verdict.hpp"

namespace convict::fuzz {

/// What a finding looks like: pass, outcome, layer and the reason without its numbers. Findings of
/// one kernel that look alike are taken for one fault.
std::string cluster_of(const Trial& trial, const Verdict& verdict);

}  // namespace convict::fuzz
