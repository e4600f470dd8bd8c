// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/pass.hpp"

namespace convict::sandbox {

/// The pattern that memory is filled with before a call. Two calls with different poison show which
/// elements were never written, and whether uninitialized memory reached the result.
enum class Poison : unsigned char {
  nan = 0xFF,     ///< a NaN in every format; its lowest bits encode a PoisonSource
  finite = 0x4B,  ///< all bytes 0x4B: an ordinary large number in every format
};

/// The place of a NaN poison element in the arena.
struct PoisonSource {
  enum class Side : unsigned char { inside, before, behind };

  /// 0 stands for the old result: an element of it that was never written has all bits set.
  unsigned code = 0;

  /// A place in or next to `buffer`: 0 input, 1 filters, 2 output, 3 workspace.
  static PoisonSource of(std::size_t buffer, Side side) {
    return {1 + static_cast<unsigned>(buffer) * 3 + static_cast<unsigned>(side)};
  }
};

/// Fills `memory`, which starts `offset` bytes into an arena. Elements lie at multiples of
/// `element_bytes` in the arena.
void fill_with_poison(std::span<std::byte> memory, std::size_t offset, std::size_t element_bytes,
                      Poison poison, PoisonSource source);

/// Poisons the first and the last MiB of a large memory, and one KiB of every 256 between: the
/// system gives memory only to pages that are written, and a kernel may use little of what it asks
/// for.
void poison_sparsely(std::span<std::byte> memory, std::size_t offset, std::size_t element_bytes,
                     Poison poison, PoisonSource source);

/// The source of the NaN poison in an element of 2, 4 or 8 bytes (the sign is ignored); nothing if
/// it holds no poison.
std::optional<PoisonSource> poison_source_of(std::span<const std::byte> element);

/// In words: "what lay behind the end of input". `pass` says which tensor was the result.
std::string words_of(PoisonSource source, Pass pass);

}  // namespace convict::sandbox
