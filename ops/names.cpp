// SPDX-License-Identifier: Apache-2.0
#include "ops/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/nearest_name.hpp"
#include "ops/errors.hpp"

namespace convict::ops {
bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void throw_unknown(std::string_view what, std::string_view name,
                   const std::vector<std::string>& known) {
  if (known.empty())
    throw UsageError(fmt::format("{} '{}' is not known; there is none", what, name));
  throw UsageError(fmt::format("{} '{}' is not known{}", what, name, did_you_mean(name, known)));
}

}  // namespace convict::ops
