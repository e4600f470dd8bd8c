// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/operations_page.hpp"

#include <sstream>

namespace convict::ops::test {
namespace {

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream rest(line.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(trimmed(cell));
  return cells;
}

}  // namespace

std::vector<std::vector<std::string>> table_under(const std::string& page,
                                                  const std::string& title) {
  std::vector<std::vector<std::string>> rows;
  std::stringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) inside = line == "## " + title;
    if (inside && line.starts_with("|")) rows.push_back(cells_of(line));
  }
  // The header of the table and the line of dashes under it.
  if (rows.size() >= 2) rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

std::vector<std::string> quoted_names(const std::string& text) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while ((at = text.find('`', at)) != std::string::npos) {
    const std::size_t end = text.find('`', at + 1);
    if (end == std::string::npos) break;
    names.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

}  // namespace convict::ops::test
