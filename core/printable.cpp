// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace convict {
namespace {

/// Length of the well-formed UTF-8 sequence `text` starts with, 0 if it starts with none (Unicode
/// 15, table 3-7; U+FFFE and U+FFFF count as ill-formed because XML 1.0 does not allow them).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    const bool nonchar = lead == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;
    return continues(1) && continues(2) && !overlong && !surrogate && !nonchar ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

/// The code point of a well-formed sequence of one to three bytes; of four, none that matters here.
std::uint32_t code_point(std::string_view sequence) {
  constexpr std::array<std::uint32_t, 5> lead_bits = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t point = static_cast<unsigned char>(sequence[0]) & lead_bits[sequence.size()];
  for (const char next : sequence.substr(1))
    point = point << 6 | (static_cast<unsigned char>(next) & 0x3FU);
  return point;
}

struct CodeRange {
  std::uint32_t first, last;
};
/// C0, DEL and C1; marks and overrides of the direction of writing; line and paragraph separators.
constexpr CodeRange controls[] = {
    {0x00, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};

bool is_control(std::uint32_t point) {
  for (const auto& [first, last] : controls)
    if (point >= first && point <= last) return true;
  return false;
}

/// How many characters that are neither controls nor parts of longer sequences `text` starts with:
/// nearly all of it, nearly always.
std::size_t plain_length(std::string_view text) {
  const auto is_plain = [](char byte) { return byte >= 0x20 && byte < 0x7F; };
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
}

/// `text` with escape(sequence) in place of control characters and of bytes that are no UTF-8.
template <class Escape>
std::string escaped(std::string_view text, Escape escape) {
  std::string clean;
  clean.reserve(text.size());
  for (;;) {
    const std::size_t plain = plain_length(text);
    clean += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return clean;
    const std::size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_control(code_point(sequence)))
      clean += escape(sequence);
    else
      clean += sequence;
    text.remove_prefix(sequence.size());
  }
}

}  // namespace

std::string printable(std::string_view text) {
  return escaped(text, [](std::string_view sequence) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string bytes;
    for (const char letter : sequence) {
      const auto byte = static_cast<unsigned char>(letter);
      bytes += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
    }
    return bytes;
  });
}

std::string printable_json(std::string_view json) {
  return escaped(json, [](std::string_view sequence) {
    return fmt::format("\\u{:04x}", code_point(sequence));
  });
}

}  // namespace convict
