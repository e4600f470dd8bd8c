// SPDX-License-Identifier: Apache-2.0
#include "datasets/shape_sets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/errors.hpp"
#include "core/nearest_name.hpp"
#include "core/spec_text.hpp"
#include "datasets/files/lines.hpp"
#include "datasets/shape_texts.hpp"

namespace convict::datasets {
namespace {

/// The spec text of a line and the comment behind its `#`.
struct Line {
  std::string_view spec;
  std::string_view comment;
};

Line split_comment(std::string_view line) {
  const std::size_t hash = line.find('#');
  if (hash == std::string_view::npos) return {trimmed(line), {}};
  return {trimmed(line.substr(0, hash)), trimmed(line.substr(hash + 1))};
}

void append_line(ShapeSet& set, const Line& line, const std::string& place) {
  if (line.spec.empty()) return;
  try {
    set.specs.push_back(parse_spec(line.spec));
  } catch (const SpecError& error) {
    throw FileError(fmt::format("{}: {}", place, error.what()));
  }
  set.labels.emplace_back(line.comment);
}

std::vector<ShapeSet> parse_embedded() {
  std::vector<ShapeSet> sets;
  for (const auto& [name, text] : shape_texts()) {
    sets.push_back(parse_shape_set(text, fmt::format("datasets/shapes/{}.txt", name)));
    sets.back().name = name;
  }
  return sets;
}

}  // namespace

ShapeSet parse_shape_set(std::string_view text, const std::string& where) {
  ShapeSet set;
  set.name = where;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Line line = split_comment(text.substr(0, end));
    if (number == 1 && line.spec.empty()) set.description = line.comment;
    append_line(set, line, fmt::format("{}:{}", where, number));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (set.specs.empty()) throw FileError(fmt::format("{}: there is no spec in it", where));
  return set;
}

std::span<const ShapeSet> shape_sets() {
  static const std::vector<ShapeSet> sets = parse_embedded();
  return sets;
}

const ShapeSet& shape_set(std::string_view name) {
  std::vector<std::string> names;
  for (const ShapeSet& set : shape_sets()) {
    if (set.name == name) return set;
    names.push_back(set.name);
  }
  throw InputError(fmt::format("there is no shape set '{}'; did you mean '{}'? The sets are: {}",
                               name, nearest_name(name, names), fmt::join(names, ", ")));
}

std::vector<ConvSpec> read_shape_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw FileError(fmt::format("cannot read '{}': it is a directory", path.string()));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw FileError(
        fmt::format("cannot read '{}': {}", path.string(), std::generic_category().message(errno)));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_shape_set(text, path.string()).specs;
}

}  // namespace convict::datasets
