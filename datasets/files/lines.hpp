// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace convict::datasets {

/// `text` without blanks at both ends.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The part of a line before its comment, trimmed.
constexpr std::string_view without_comment(std::string_view line) {
  return trimmed(line.substr(0, line.find('#')));
}

}  // namespace convict::datasets
