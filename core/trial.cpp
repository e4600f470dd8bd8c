// SPDX-License-Identifier: Apache-2.0
#include "core/trial.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"

namespace convict {
namespace {

template <class T>
T number_from(std::string_view key, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw SpecError(fmt::format("bad recipe: {}={} is not a number that fits", key, text));
  return value;
}

double finite_from(std::string_view key, std::string_view text) {
  const auto value = number_from<double>(key, text);
  if (!std::isfinite(value))
    throw SpecError(fmt::format("bad recipe: {}={} must be finite", key, text));
  return value;
}

template <class T>
T at_least(std::string_view key, std::string_view text, T least) {
  const T value = number_from<T>(key, text);
  if (value < least)
    throw SpecError(fmt::format("bad recipe: {}={} must be at least {}", key, text, least));
  return value;
}

/// Alignments repeat after 64 bytes, and an element has at least one byte: 63 elements are enough.
index_t align_from(std::string_view text) {
  const auto value = at_least<index_t>("align", text, 0);
  if (value > 63) throw SpecError(fmt::format("bad recipe: align={} must be at most 63", text));
  return value;
}

/// One recipe key: how its value is written and read. The order of the table is the order of the
/// text.
struct Key {
  std::string_view name;
  std::function<std::string(const Recipe&)> print;
  std::function<void(Recipe&, std::string_view)> read;
};

std::string word_from(std::string_view key, std::string_view text) {
  if (text.empty()) throw SpecError(fmt::format("bad recipe: {}= has no value", key));
  return std::string(text);
}

Guard guard_from(std::string_view text) {
  for (const Guard guard : all_guards)
    if (name_of(guard) == text) return guard;
  throw SpecError(fmt::format("bad recipe: guard={} is unknown; it is none, left or right", text));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string text_of(const Kept& kept) {
  switch (kept.which) {
    case Kept::Which::all: return "*";
    case Kept::Which::none: return "-";
    case Kept::Which::one: return fmt::format("{}", fmt::join(kept.index, "x"));
  }
  return "?";
}

Kept kept_from(std::string_view text, std::string_view only) {
  if (text == "*") return {};
  if (text == "-") return {.which = Kept::Which::none};
  Kept kept{.which = Kept::Which::one};
  for (const std::string_view position : split(text, 'x')) {
    index_t value = -1;
    const auto [end, error] =
        std::from_chars(position.data(), position.data() + position.size(), value);
    if (error != std::errc{} || end != position.data() + position.size() || value < 0)
      throw SpecError(fmt::format(
          "bad recipe: only={} must be A:B, each *, - or an index such as 0x2x1", only));
    kept.index.push_back(value);
  }
  return kept;
}

std::array<Kept, 2> only_from(std::string_view text) {
  const auto sides = split(text, ':');
  if (sides.size() != 2)
    throw SpecError(
        fmt::format("bad recipe: only={} must be A:B, each *, - or an index such as 0x2x1", text));
  return {kept_from(sides[0], text), kept_from(sides[1], text)};
}

const std::vector<Key>& keys() {
  using View = std::string_view;
  static const std::vector<Key> table = {
      {"fill", [](const Recipe& r) { return r.fill; },
       [](Recipe& r, View v) { r.fill = word_from("fill", v); }},
      {"seed", [](const Recipe& r) { return fmt::format("{}", r.seed); },
       [](Recipe& r, View v) { r.seed = number_from<std::uint64_t>("seed", v); }},
      {"only", [](const Recipe& r) { return text_of(r.only[0]) + ":" + text_of(r.only[1]); },
       [](Recipe& r, View v) { r.only = only_from(v); }},
      {"alpha", [](const Recipe& r) { return fmt::format("{}", r.alpha); },
       [](Recipe& r, View v) { r.alpha = finite_from("alpha", v); }},
      {"beta", [](const Recipe& r) { return fmt::format("{}", r.beta); },
       [](Recipe& r, View v) { r.beta = finite_from("beta", v); }},
      {"layout", [](const Recipe& r) { return to_string(r.layout); },
       [](Recipe& r, View v) { r.layout = parse_layout(v); }},
      {"pitch", [](const Recipe& r) { return fmt::format("{}", r.pitch); },
       [](Recipe& r, View v) { r.pitch = at_least<index_t>("pitch", v, 0); }},
      {"steps", [](const Recipe& r) { return to_string(r.steps); },
       [](Recipe& r, View v) { r.steps = parse_steps(v); }},
      {"align", [](const Recipe& r) { return fmt::format("{}", r.align); },
       [](Recipe& r, View v) { r.align = align_from(v); }},
      {"guard", [](const Recipe& r) { return std::string(name_of(r.guard)); },
       [](Recipe& r, View v) { r.guard = guard_from(v); }},
      {"threads", [](const Recipe& r) { return fmt::format("{}", r.threads); },
       [](Recipe& r, View v) { r.threads = at_least<int>("threads", v, 1); }},
      {"check", [](const Recipe& r) { return r.check; },
       [](Recipe& r, View v) { r.check = word_from("check", v); }},
      {"disturb", [](const Recipe& r) { return fmt::format("{}", r.disturb); },
       [](Recipe& r, View v) { r.disturb = number_from<std::uint32_t>("disturb", v); }},
  };
  return table;
}

Recipe parse_recipe(std::string_view text) {
  Recipe recipe;
  std::size_t next_key = 0;
  for (const std::string_view token : split(text, ',')) {
    const std::size_t equals = token.find('=');
    const std::string_view name = token.substr(0, equals);
    while (next_key < keys().size() && keys()[next_key].name != name) ++next_key;
    if (equals == std::string_view::npos || next_key == keys().size()) {
      std::vector<std::string_view> names;
      for (const Key& key : keys()) names.push_back(key.name);
      throw SpecError(
          fmt::format("bad recipe '{}': '{}' is unknown, repeated or misplaced (order: {})", text,
                      token, fmt::join(names, " ")));
    }
    keys()[next_key++].read(recipe, token.substr(equals + 1));
  }
  return recipe;
}

}  // namespace

std::string to_string(const Recipe& recipe) {
  const Recipe defaults;
  std::vector<std::string> tokens;
  for (const Key& key : keys()) {
    std::string value = key.print(recipe);
    if (value != key.print(defaults)) tokens.push_back(fmt::format("{}={}", key.name, value));
  }
  return fmt::format("{}", fmt::join(tokens, ","));
}

std::string to_string(const Trial& trial) {
  const std::string recipe = to_string(trial.recipe);
  return fmt::format("{}/{}/{}{}{}", to_string(trial.spec), name_of(trial.pass),
                     name_of(trial.precision), recipe.empty() ? "" : "/", recipe);
}

Trial parse_trial(std::string_view text) {
  const auto parts = split(text, '/');
  if (parts.size() < 3 || parts.size() > 4)
    throw SpecError(
        fmt::format("bad trial '{}': expected SPEC/pass/precision[/recipe], such as "
                    "c64_i56x56_k64_f3x3_p1/forward/f32",
                    text));
  Trial trial;
  trial.spec = parse_spec(parts[0]);
  const auto pass = pass_named(parts[1]);
  if (!pass)
    throw SpecError(fmt::format(
        "bad trial '{}': pass '{}' is unknown; it is forward, grad_input or grad_weights", text,
        parts[1]));
  const auto precision = precision_named(parts[2]);
  if (!precision)
    throw SpecError(fmt::format(
        "bad trial '{}': precision '{}' is unknown; it is f64, f32, tf32, bf16, f16 or f16a16",
        text, parts[2]));
  trial.pass = *pass;
  trial.precision = *precision;
  if (parts.size() == 4) trial.recipe = parse_recipe(parts[3]);
  if (repeats_result(trial.recipe.steps, trial.pass))
    throw SpecError(
        fmt::format("bad trial '{}': steps={} repeats the tensor that {} writes; *0 is for tensors "
                    "that are read",
                    text, to_string(trial.recipe.steps), name_of(trial.pass)));
  return trial;
}

}  // namespace convict
