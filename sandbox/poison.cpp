// SPDX-License-Identifier: Apache-2.0
#include "sandbox/poison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "sandbox/placement.hpp"

namespace convict::sandbox {
namespace {

constexpr unsigned sources = 13;  // the old result, and three sides of four buffers

template <class T>
std::optional<PoisonSource> source_of(T bits) {
  constexpr auto all_but_sign = static_cast<T>(static_cast<T>(~T{0}) >> 1);
  const auto code = static_cast<T>(~bits & all_but_sign);
  if (code >= sources) return std::nullopt;
  return PoisonSource{static_cast<unsigned>(code)};
}

}  // namespace

// All ones is a NaN in every format. Subtracting the code (at most 12) from the lowest byte keeps
// it a NaN, because a mantissa has at least 7 bits.
void fill_with_poison(std::span<std::byte> memory, std::size_t offset, std::size_t element_bytes,
                      Poison poison, PoisonSource source) {
  std::memset(memory.data(), static_cast<int>(poison), memory.size());
  if (poison != Poison::nan || source.code == 0) return;
  const auto lowest = static_cast<std::byte>(0xFF - source.code);
  std::byte* at = memory.data() + (element_bytes - offset % element_bytes) % element_bytes;
  std::byte* const end = memory.data() + memory.size();
  for (; at < end; at += element_bytes) *at = lowest;
}

void poison_sparsely(std::span<std::byte> memory, std::size_t offset, std::size_t element_bytes,
                     Poison poison, PoisonSource source) {
  constexpr std::size_t end_bytes = std::size_t{1} << 20;
  constexpr std::size_t piece = std::size_t{1} << 10;
  constexpr std::size_t step = std::size_t{256} << 10;
  const auto fill = [&](std::size_t from, std::size_t bytes) {
    const auto part = memory.subspan(from, std::min(bytes, memory.size() - from));
    fill_with_poison(part, offset + from, element_bytes, poison, source);
  };
  fill(0, end_bytes);
  for (std::size_t at = end_bytes; at < memory.size(); at += step) fill(at, piece);
  fill(memory.size() - std::min(memory.size(), end_bytes), end_bytes);
}

std::optional<PoisonSource> poison_source_of(std::span<const std::byte> element) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, element.data(), element.size());
  switch (element.size()) {
    case 2: return source_of(static_cast<std::uint16_t>(bits));
    case 4: return source_of(static_cast<std::uint32_t>(bits));
    default: return source_of(bits);
  }
}

std::string words_of(PoisonSource source, Pass pass) {
  if (source.code == 0) {
    const std::size_t result = pass == Pass::grad_input ? 0 : pass == Pass::grad_weights ? 1 : 2;
    return fmt::format("what was in {} before the call", buffer_names[result]);
  }
  const std::string_view name = buffer_names[(source.code - 1) / 3];
  using Side = PoisonSource::Side;
  switch (static_cast<Side>((source.code - 1) % 3)) {
    case Side::before: return fmt::format("what lay before the start of {}", name);
    case Side::behind: return fmt::format("what lay behind the end of {}", name);
    case Side::inside: break;
  }
  return name == "workspace" ? "what was in the workspace before the call"
                             : fmt::format("what lay in a gap between the elements of {}", name);
}

}  // namespace convict::sandbox
