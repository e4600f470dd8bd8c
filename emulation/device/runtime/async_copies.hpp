// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace convict_device {

struct Thread;

/// Why what lies at `at` was not written yet: never, or a copy into it is still under way.
std::string why_unwritten(const char* at, const Thread& me);

}  // namespace convict_device
