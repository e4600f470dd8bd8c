// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace convict::ops {

bool contains(const std::vector<std::string>& names, std::string_view name);

/// Throws UsageError saying that the `what` called `name` is not known, and the nearest one that
/// is.
[[noreturn]] void throw_unknown(std::string_view what, std::string_view name,
                                const std::vector<std::string>& known);

}  // namespace convict::ops
