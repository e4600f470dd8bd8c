// SPDX-License-Identifier: Apache-2.0
#include "fuzz/cluster.hpp"

#include <fmt/format.h>

#include <string_view>

namespace convict::fuzz {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_number_part(char letter) {
  return is_digit(letter) || letter == '.' || letter == ',' || letter == ' ' || letter == '-' ||
         letter == '+' || letter == 'e';
}

/// "3 of 40 wrong, first (0, 1, 2)" -> "# of # wrong, first (#)": replaces numbers, and lists of
/// them, whose length depends on the rank.
std::string without_numbers(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      result += text[at++];
      continue;
    }
    std::size_t end = at;
    std::size_t last_digit = at;
    for (; end < text.size() && is_number_part(text[end]); ++end)
      if (is_digit(text[end])) last_digit = end;
    result += '#';
    at = last_digit + 1;
  }
  return result;
}

}  // namespace

std::string cluster_of(const Trial& trial, const Verdict& verdict) {
  return fmt::format("{} {} by {}: {}", name_of(trial.pass), name_of(verdict.outcome),
                     verdict.layer, without_numbers(verdict.reason));
}

}  // namespace convict::fuzz
