// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/errors.hpp"
#include "core/printable.hpp"

/// One input of a fuzzer; each target defines it. libFuzzer calls it, or driver.cpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace convict::fuzzing {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// A finding: the process ends, and the fuzzer keeps the input.
[[noreturn]] inline void fail(std::string_view what) {
  fmt::print(stderr, "\nnot as promised: {}\n", printable(what));
  std::abort();
}

template <class Value>
void require_same(const Value& value, const Value& expected, std::string_view what) {
  if (value == expected) return;
  if constexpr (std::convertible_to<Value, std::string_view>)
    fail(fmt::format("{}: '{}' became '{}'", what, std::string_view(expected),
                     std::string_view(value)));
  fail(what);
}

/// Whether `text` could move a terminal's cursor or start a line: C0, DEL, or C1 in UTF-8.
inline bool has_controls(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
    if (byte < 0x20 || byte == 0x7F || (byte == 0xC2 && next >= 0x80 && next < 0xA0)) return true;
  }
  return false;
}

/// An error's words as the program prints them: something, in one line.
inline void check_message(std::string_view message) {
  const std::string shown = printable(message);
  if (shown.empty()) fail("an error without words");
  if (has_controls(shown)) fail(fmt::format("control characters in the message '{}'", message));
}

/// What `parse` returns; nothing where it throws InputError, the only exception that may leave it.
template <class Parse>
auto parsed(Parse parse) -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const InputError& error) {
    check_message(error.what());
    return std::nullopt;
  }
}

}  // namespace convict::fuzzing
