// SPDX-License-Identifier: Apache-2.0
#include "lines.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace convict_device {
namespace {

struct Row {
  std::uintptr_t offset;
  int line;
  const char* file;
};

const Dl_info& own() {
  static const Dl_info info = [] {
    Dl_info found{};
    dladdr(reinterpret_cast<const void*>(&line_of), &found);
    return found;
  }();
  return info;
}

/// Lines "offset line file", sorted by offset.
std::vector<Row> rows_of(const std::string& path) {
  static std::set<std::string> names;
  std::vector<Row> rows;
  std::ifstream file(path);
  std::uintptr_t offset = 0;
  int line = 0;
  std::string name;
  while (file >> std::hex >> offset >> std::dec >> line && file.get() == ' ' &&
         std::getline(file, name))
    rows.push_back({offset, line, names.insert(name).first->c_str()});
  return rows;
}

}  // namespace

const char* own_path() { return own().dli_fname; }
std::uintptr_t own_base() { return reinterpret_cast<std::uintptr_t>(own().dli_fbase); }

Site line_of(std::uintptr_t offset) {
  static const std::vector<Row> rows = rows_of(std::string(own_path()) + ".lines");
  const auto after =
      std::upper_bound(rows.begin(), rows.end(), offset,
                       [](std::uintptr_t at, const Row& row) { return at < row.offset; });
  if (after == rows.begin()) return {"unknown line", 0};
  return {std::prev(after)->file, std::prev(after)->line};
}

}  // namespace convict_device
