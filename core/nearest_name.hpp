// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace convict {

/// " (did you mean 'conform'?)": the known name with the fewest edits (insert, delete or replace a
/// character; Levenshtein's distance) to `name`, the first of equals. Empty when more than
/// a third of the characters would have to be edited and it is no beginning of that name either.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace convict
