// SPDX-License-Identifier: Apache-2.0
#include "ops/operations/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& text, std::string_view right) {
  throw ValueError(fmt::format("{} is '{}'; it must be {}", name, text, right));
}

std::string without_spaces(const std::string& text) {
  std::string kept;
  std::ranges::copy_if(text, std::back_inserter(kept),
                       [](char c) { return c != ' ' && c != '\'' && c != '"'; });
  return kept;
}

/// Splits at commas outside parentheses; a trailing comma adds nothing.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
    if (c == ',' && depth == 0)
      parts.push_back(std::exchange(part, ""));
    else
      part += c;
  }
  if (!part.empty()) parts.push_back(part);
  return parts;
}

bool is_tuple(std::string_view text) {
  return text.size() >= 2 && (text.front() == '(' || text.front() == '[') &&
         (text.back() == ')' || text.back() == ']') && split(text).size() == 1;
}

std::string_view unwrapped(std::string_view text) {
  return is_tuple(text) ? text.substr(1, text.size() - 2) : text;
}

std::optional<index_t> integer_in(std::string_view text) {
  index_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Dims> integers_in(std::string_view text) {
  Dims values;
  for (const std::string& part : split(unwrapped(text))) {
    const auto value = integer_in(part);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

std::optional<Fraction> fraction_in(std::string text) {
  std::ranges::replace(text, '/', ',');
  const auto values = integers_in(text);
  if (!values || values->empty() || values->size() > 2) return std::nullopt;
  return Fraction{(*values)[0], values->size() == 2 ? (*values)[1] : 1};
}

constexpr std::string_view border_words =
    "valid, half, full, an int, or a tuple of ints and pairs of ints";

}  // namespace

const std::string& Arguments::text(const std::string& name) const {
  const auto found = texts_.find(name);
  if (found == texts_.end()) throw ValueError(fmt::format("{} is missing; give a value", name));
  return found->second;
}

Hint Arguments::hint(const std::string& name) const {
  Hint sizes;
  const std::string text = without_spaces(this->text(name));
  if (text == "None") return sizes;
  for (const std::string& part : split(unwrapped(text))) {
    const auto value = integer_in(part);
    if (!value && part != "None") refuse(name, text, "a tuple of ints and None");
    sizes.push_back(value);
  }
  return sizes;
}

Dims Arguments::sizes(const std::string& name) const {
  const std::string text = without_spaces(this->text(name));
  const auto values = integers_in(text == "None" ? "" : text);
  if (!values) refuse(name, text, "a tuple of ints");
  return *values;
}

index_t Arguments::integer(const std::string& name) const {
  const auto value = integer_in(without_spaces(text(name)));
  if (!value) refuse(name, text(name), "an int");
  return *value;
}

Size Arguments::optional_integer(const std::string& name) const {
  if (!given(name)) return std::nullopt;
  return integer(name);
}

bool Arguments::boolean(const std::string& name) const {
  const std::string& value = text(name);
  if (value == "True" || value == "true" || value == "1") return true;
  if (value == "False" || value == "false" || value == "0") return false;
  refuse(name, value, "True or False");
}

BorderModeArg Arguments::border(const std::string& name) const {
  const std::string text = without_spaces(this->text(name));
  if (const auto pad = integer_in(text)) return *pad;
  const bool tuple = is_tuple(text) || text.find(',') != std::string::npos;
  if (!tuple) return text;
  std::vector<AxisPadding> axes;
  for (const std::string& part : split(unwrapped(text))) {
    if (const auto pad = integer_in(part))
      axes.emplace_back(*pad);
    else if (const auto pair = integers_in(part); pair && is_tuple(part))
      axes.emplace_back(*pair);
    else
      refuse(name, text, border_words);
  }
  return axes;
}

conv3d2d::BorderMode3d Arguments::border_3d(const std::string& name) const {
  const std::string text = without_spaces(this->text(name));
  const std::vector<std::string> modes = split(unwrapped(text));
  if (modes.size() == 1) return modes[0];
  if (modes.size() != 3) refuse(name, text, "one mode or three (time, height, width)");
  return {modes[0], modes[1], modes[2]};
}

RatioPair Arguments::ratio_pair(const std::string& name) const {
  const auto values = integers_in(without_spaces(text(name)));
  if (!values || values->empty() || values->size() > 2)
    refuse(name, text(name), "an int or a pair");
  return {values->front(), values->back()};
}

std::array<Fraction, 2> Arguments::fractions(const std::string& name) const {
  const std::string text = without_spaces(this->text(name));
  const std::vector<std::string> parts = split(unwrapped(text));
  const bool each = parts.size() == 2 && (is_tuple(parts[0]) || parts[0].find('/') != text.npos);
  const auto rows = fraction_in(each ? parts[0] : std::string(unwrapped(text)));
  const auto columns = each ? fraction_in(parts[1]) : rows;
  if (!rows || !columns) refuse(name, text, "a pair of ints, or one for rows and one for columns");
  return {*rows, *columns};
}

Precision Arguments::precision(const std::string& name) const {
  const auto precision = precision_named(text(name));
  if (!precision || storage_of(*precision) != *precision)
    refuse(name, text(name), "f64, f32, bf16 or f16");
  return *precision;
}

}  // namespace convict::ops
