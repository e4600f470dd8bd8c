// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "core/errors.hpp"
#include "core/layout.hpp"

namespace convict {
namespace {

constexpr std::string_view image_letters = "ncdhw";
constexpr std::string_view filter_letters = "kzpqctrs";

template <std::size_t Rank>
constexpr std::string_view letters_of() {
  return Rank == 5 ? image_letters : filter_letters;
}

void replace_first(std::string& letters, std::string_view part, std::string_view by) {
  const std::size_t at = letters.find(part);
  if (at != std::string::npos) letters.replace(at, part.size(), by);
}

template <std::size_t Rank>
std::string text_of(const AxisOrder<Rank>& order) {
  std::string letters;
  for (const std::uint8_t axis : order) letters += letters_of<Rank>()[axis];
  replace_first(letters, "dh", "h");
  replace_first(letters, "tr", "r");
  replace_first(letters, "kzpq", "k");
  return letters;
}

template <std::size_t Rank>
std::optional<AxisOrder<Rank>> order_from(std::string letters) {
  if constexpr (Rank == 5) {
    if (letters.find('d') == std::string::npos) replace_first(letters, "h", "dh");
  } else {
    if (letters.find('t') == std::string::npos) replace_first(letters, "r", "tr");
    if (letters.find_first_of("zpq") == std::string::npos) replace_first(letters, "k", "kzpq");
  }
  if (!std::ranges::is_permutation(letters, letters_of<Rank>())) return std::nullopt;
  AxisOrder<Rank> order{};
  for (std::size_t i = 0; i < Rank; ++i)
    order[i] = static_cast<std::uint8_t>(letters_of<Rank>().find(letters[i]));
  return order;
}

AxisOrder<5> image_order(std::string_view layout, std::string_view text) {
  if (const auto order = order_from<5>(std::string(text))) return *order;
  throw SpecError(
      fmt::format("bad recipe: layout={}: '{}' is no order of n c h w (and d), the axes of input "
                  "and output, such as nchw, nhwc or chwn",
                  layout, text));
}
AxisOrder<8> filter_order(std::string_view layout, std::string_view text) {
  if (const auto order = order_from<8>(std::string(text))) return *order;
  throw SpecError(
      fmt::format("bad recipe: layout={}: '{}' is no order of k c r s (and t, and z p q), the axes "
                  "of filters, such as kcrs, krsc or rsck",
                  layout, text));
}

/// The three parts of INPUT:FILTERS:OUTPUT; nothing when there are more or fewer.
std::optional<std::array<std::string_view, 3>> three_parts(std::string_view text) {
  if (std::ranges::count(text, ':') != 2) return std::nullopt;
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1),
                    text.substr(second + 1)};
}

template <std::size_t Rank>
std::string text_of(const std::array<AxisStep, Rank>& steps) {
  std::string text;
  for (std::size_t axis = 0; axis < Rank; ++axis) {
    const AxisStep& step = steps[axis];
    if (step == AxisStep{}) continue;
    if (!text.empty()) text += '.';
    text += letters_of<Rank>()[axis];
    if (step.times != 1) text += fmt::format("*{}", step.times);
    if (step.unused != 0) text += fmt::format("+{}", step.unused);
    if (step.multiple != 1) text += fmt::format("%{}", step.multiple);
  }
  return text.empty() ? "-" : text;
}

/// Removes `sign` and a number that is at least `least` from the start of `text`, if it is there.
/// False when something else follows the sign.
bool take_number(std::string_view& text, char sign, index_t least, index_t& value) {
  if (!text.starts_with(sign)) return true;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < least) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

template <std::size_t Rank>
std::array<AxisStep, Rank> steps_from(std::string_view all, std::string_view text) {
  constexpr std::string_view letters = letters_of<Rank>();
  constexpr index_t most_reversed = -std::numeric_limits<index_t>::max();
  std::array<AxisStep, Rank> steps{};
  std::size_t next = 0;
  for (std::string_view rest = text; text != "-";) {
    const std::string_view term = rest.substr(0, rest.find('.'));
    const std::size_t axis = term.empty() ? letters.npos : letters.find(term.front(), next);
    AxisStep step;
    std::string_view numbers = term.substr(term.empty() ? 0 : 1);
    if (axis == letters.npos || numbers.empty() ||
        !take_number(numbers, '*', most_reversed, step.times) ||
        !take_number(numbers, '+', 0, step.unused) ||
        !take_number(numbers, '%', 1, step.multiple) || !numbers.empty())
      throw SpecError(
          fmt::format("bad recipe: steps={}: '{}' must be AXIS[*TIMES][+UNUSED][%MULTIPLE], the "
                      "axes in the order {}, each once; or - for dense",
                      all, term, letters));
    steps[axis] = step;
    next = axis + 1;
    if (term.size() == rest.size()) break;
    rest.remove_prefix(term.size() + 1);
  }
  return steps;
}

}  // namespace

Layout uniform_layout(const AxisOrder<5>& images) {
  constexpr std::array<std::uint8_t, 5> filter_axis = {0, 4, 5, 6, 7};
  Layout layout{.input = images, .filters = {}, .output = images};
  std::size_t at = 0;
  for (const std::uint8_t axis : images) {
    layout.filters[at++] = filter_axis[axis];
    if (axis != 0) continue;
    for (std::uint8_t position = 1; position <= 3; ++position) layout.filters[at++] = position;
  }
  return layout;
}

bool is_uniform(const Layout& layout) { return layout == uniform_layout(layout.input); }

std::string to_string(const Layout& layout) {
  if (is_uniform(layout)) return text_of(layout.input);
  return fmt::format("{}:{}:{}", text_of(layout.input), text_of(layout.filters),
                     text_of(layout.output));
}

Layout parse_layout(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return uniform_layout(image_order(text, text));
  const auto parts = three_parts(text);
  if (!parts)
    throw SpecError(
        fmt::format("bad recipe: layout={} must be one order for all tensors, such as nhwc, or "
                    "INPUT:FILTERS:OUTPUT, such as nchw:rsck:nhwc",
                    text));
  return {.input = image_order(text, (*parts)[0]),
          .filters = filter_order(text, (*parts)[1]),
          .output = image_order(text, (*parts)[2])};
}

std::string to_string(const Steps& steps) {
  return fmt::format("{}:{}:{}", text_of(steps.input), text_of(steps.filters),
                     text_of(steps.output));
}

Steps parse_steps(std::string_view text) {
  const auto parts = three_parts(text);
  if (!parts)
    throw SpecError(
        fmt::format("bad recipe: steps={} must be INPUT:FILTERS:OUTPUT, such as c+2:-:-", text));
  return {.input = steps_from<5>(text, (*parts)[0]),
          .filters = steps_from<8>(text, (*parts)[1]),
          .output = steps_from<5>(text, (*parts)[2])};
}

}  // namespace convict
