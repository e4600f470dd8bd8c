#pragma once

#include <span>
#include <string>
#include <string_view>

namespace convict::ops {

/// The known name with the fewest edits (insert, delete, replace) to `name`; the first of equals.
/// `known` must not be empty.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace convict::ops
