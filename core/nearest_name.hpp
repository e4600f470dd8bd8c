// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace convict {

/// The known name with the fewest edits (insert, delete or replace a character; Levenshtein's
/// distance) to `name`, for "did you mean"; the first of equals. `known` must not be empty.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace convict
