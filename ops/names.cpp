// SPDX-License-Identifier: Apache-2.0
#include "ops/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

/// Levenshtein distance, one row of the table at a time.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  return *std::ranges::min_element(known, {},
                                   [name](const std::string& other) { return edits(name, other); });
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void throw_unknown(std::string_view what, std::string_view name,
                   const std::vector<std::string>& known) {
  if (known.empty())
    throw UsageError(fmt::format("{} '{}' is not known; there is none", what, name));
  throw UsageError(fmt::format("{} '{}' is not known; did you mean '{}'?", what, name,
                               nearest_name(name, known)));
}

}  // namespace convict::ops
