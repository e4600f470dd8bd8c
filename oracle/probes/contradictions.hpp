// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "oracle/probes/profile.hpp"

namespace convict::oracle::probes {

/// Which of the claims a profile contradicts, the gravest first, in sentences about "it".
std::vector<std::string> contradictions(const Profile& profile, const Claims& claims);

}  // namespace convict::oracle::probes
