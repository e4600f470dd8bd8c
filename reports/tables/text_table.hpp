// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "reports/words.hpp"

namespace convict::reports {

/// "1,234", or "-" for none.
inline std::string count_cell(std::size_t count) { return count == 0 ? "-" : grouped(count); }

/// Rows of cells, all of one length, as lines: the first column flush left, the others flush right,
/// two spaces between.
template <class Row>
std::string text_table(const std::vector<Row>& rows) {
  std::vector<std::size_t> width(rows.empty() ? 0 : rows[0].size(), 0);
  for (const Row& row : rows)
    for (std::size_t i = 0; i < width.size(); ++i) width[i] = std::max(width[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    text += row[0] + std::string(width[0] - row[0].size(), ' ');
    for (std::size_t i = 1; i < width.size(); ++i)
      text += std::string(2 + width[i] - row[i].size(), ' ') + row[i];
    text += '\n';
  }
  return text;
}

}  // namespace convict::reports
