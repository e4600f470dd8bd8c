#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/pass.hpp"

namespace convict::sandbox {

/// What untouched memory is filled with before a run. Two runs with different poison tell an
/// element that was never written, and memory that was read without being anybody's, from an honest
/// result.
enum class Poison : unsigned char {
  nan = 0xFF,     ///< a NaN in every format, whose last bits say where it lay (old results: 0xFF..)
  finite = 0x4B,  ///< all bytes 0x4B: an ordinary large number in every format
};

/// Where NaN poison lay.
struct PoisonSource {
  enum class Side : unsigned char { inside, before, behind };

  /// 0 is the old result, so that an untouched element holds nothing but ones.
  unsigned code = 0;

  /// A side of input, filters, output or workspace (0 to 3).
  static PoisonSource of(std::size_t buffer, Side side) {
    return {1 + static_cast<unsigned>(buffer) * 3 + static_cast<unsigned>(side)};
  }
};

/// Fills memory that lies `offset` bytes into an arena, whose elements are aligned.
void fill_with_poison(std::span<std::byte> memory, std::size_t offset, std::size_t element_bytes,
                      Poison poison, PoisonSource source);

/// The source whose NaN an element of 2, 4 or 8 bytes holds, whatever its sign.
std::optional<PoisonSource> poison_source_of(std::span<const std::byte> element);

/// "what lay behind the end of input"; `pass` tells which tensor was the result.
std::string words_of(PoisonSource source, Pass pass);

}  // namespace convict::sandbox
