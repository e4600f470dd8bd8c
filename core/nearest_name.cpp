// SPDX-License-Identifier: Apache-2.0
#include "core/nearest_name.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace convict {
namespace {

/// Levenshtein's distance, one row of the table at a time.
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

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  if (name.size() < 2 || known.empty()) return "";
  const std::string& nearest = *std::ranges::min_element(
      known, {}, [name](const std::string& other) { return edits(name, other); });
  const bool alike = nearest.starts_with(name) ||
                     edits(name, nearest) <= (std::max(name.size(), nearest.size()) + 2) / 3;
  return alike ? " (did you mean '" + nearest + "'?)" : "";
}

}  // namespace convict
