// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "reports/words.hpp"

namespace convict::reports {

/// "1,234", or "-" for none.
inline std::string count_cell(std::size_t count) { return count == 0 ? "-" : grouped(count); }

/// Rows of cells as lines: the first column flush left, the others flush right, two spaces between.
template <std::size_t Columns>
std::string text_table(const std::vector<std::array<std::string, Columns>>& rows) {
  std::array<std::size_t, Columns> width{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < Columns; ++i) width[i] = std::max(width[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    text += row[0] + std::string(width[0] - row[0].size(), ' ');
    for (std::size_t i = 1; i < Columns; ++i)
      text += std::string(2 + width[i] - row[i].size(), ' ') + row[i];
    text += '\n';
  }
  return text;
}

}  // namespace convict::reports
