// SPDX-License-Identifier: Apache-2.0
#include "cli/quantities.hpp"

#include <fmt/core.h>

#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace convict::cli {
namespace {

/// An error that Boost completes with the name of the option.
boost::program_options::error_with_option_name wrong_value(const std::string& what) {
  boost::program_options::error_with_option_name error("%canonical_option% %text%");
  error.set_substitute("text", what);
  return error;
}

double seconds_of_unit(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, double>, 5> units = {
      {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"h", 3600}}};
  for (const auto& [name, seconds] : units)
    if (name == unit) return seconds;
  return 0;
}

/// Nothing when the number does not fit in its type; an error when the text is no whole number.
template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (rest != end || text.empty() || error == std::errc::invalid_argument)
    throw wrong_value(fmt::format("{} is no whole number", text));
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

}  // namespace

Duration duration_from(const std::string& text) {
  constexpr double longest = 366.0 * 24 * 3600;
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const double unit = seconds_of_unit(std::string_view(rest, static_cast<std::size_t>(end - rest)));
  if (error != std::errc{} || unit == 0)
    throw wrong_value(
        fmt::format("{} is no length of time; write seconds, or 500ms, 90s, 5m, 1h", text));
  const Duration duration{number * unit};
  if (!(duration.seconds > 0)) throw wrong_value(fmt::format("{} must be positive", text));
  if (!(duration.seconds <= longest))
    throw wrong_value(fmt::format("{} is longer than a year", text));
  return duration;
}

std::int64_t whole_from(const std::string& text, std::int64_t least, std::int64_t most) {
  const auto number = number_from<std::int64_t>(text);
  if (number && *number >= least && *number <= most) return *number;
  throw wrong_value(most == std::numeric_limits<std::int64_t>::max()
                        ? fmt::format("{} must be {} to 2^63 - 1", text, least)
                        : fmt::format("{} must be {} to {}", text, least, most));
}

std::uint64_t seed_from(const std::string& text) {
  // from_chars takes no minus sign for a type without one.
  if (!text.starts_with('-'))
    if (const auto number = number_from<std::uint64_t>(text)) return *number;
  throw wrong_value(fmt::format("{} must be 0 to 2^64 - 1", text));
}

void validate(boost::any& value, const std::vector<std::string>& texts, Seed*, int) {
  value = Seed{seed_from(texts.back())};
}

void validate(boost::any& value, const std::vector<std::string>& texts, Duration*, int) {
  value = duration_from(texts.back());
}

}  // namespace convict::cli
