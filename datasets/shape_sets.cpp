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

std::string contents_of(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw FileError(fmt::format("cannot read '{}': it is a directory", path.string()));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw FileError(
        fmt::format("cannot read '{}': {}", path.string(), std::generic_category().message(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
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
  std::vector<std::string> names = {"core", "full"};  // where a set is named these can be, too
  for (const ShapeSet& set : shape_sets()) {
    if (set.name == name) return set;
    names.push_back(set.name);
  }
  throw InputError(fmt::format("there is no shape set '{}'{}; there are {}", name,
                               did_you_mean(name, names), fmt::join(names, ", ")));
}

std::vector<SuiteLine> read_suite_file(const std::filesystem::path& path,
                                       const std::function<void(const Trial&)>& check) {
  const std::string text = contents_of(path);
  std::vector<SuiteLine> lines;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = without_comment(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    try {
      const bool is_trial = line.find('/') != std::string_view::npos;
      Trial trial = is_trial ? parse_trial(line) : Trial{.spec = parse_spec(line)};
      if (check) check(trial);
      lines.push_back({.spec = trial.spec});
      if (is_trial) lines.back().trial = std::move(trial);
    } catch (const InputError& error) {
      throw FileError(fmt::format("{}:{}: {}", path.string(), number, error.what()));
    }
  }
  if (lines.empty())
    throw FileError(fmt::format("{}: there is no spec or trial in it", path.string()));
  return lines;
}

}  // namespace convict::datasets
