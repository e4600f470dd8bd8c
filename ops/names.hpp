// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convict::ops {

/// The known name with the fewest edits (insert, delete, replace) to `name`; the first of equals.
/// `known` must not be empty.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

bool contains(const std::vector<std::string>& names, std::string_view name);

/// Throws UsageError saying that the `what` called `name` is not known, and the nearest one that
/// is.
[[noreturn]] void throw_unknown(std::string_view what, std::string_view name,
                                const std::vector<std::string>& known);

}  // namespace convict::ops
