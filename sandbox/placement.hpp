// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/kernel.hpp"

namespace convict::sandbox {

/// The address of an arena, as kernels see it, is a multiple of this: the largest alignment that a
/// kernel may require (claim_limits) of elements of 8 bytes.
inline constexpr std::size_t arena_boundary =
    static_cast<std::size_t>(claim_limits::required_alignment) * 8;

/// The bytes [begin, end) of an arena.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const ByteRange&) const = default;
};

/// A buffer and the whole pages around it, which it shares with no other buffer.
struct BufferSlot {
  ByteRange buffer{};
  ByteRange pages{};
  bool writable = true;
  bool operator==(const BufferSlot&) const = default;
};

/// Where the buffers of one call lie in the arena, in bytes: their first elements here, which are
/// not the lowest where strides are negative, and their memory as slots.
struct Placement {
  std::size_t input = 0;
  std::size_t filters = 0;
  std::size_t output = 0;
  std::size_t workspace = 0;
  std::size_t workspace_bytes = 0;
  /// True: a worker removes access to all memory outside the slots' pages, and write access to
  /// slots that are not writable.
  bool guarded = false;
  std::array<BufferSlot, 4> slots{};  ///< input, filters, output, workspace
  bool operator==(const Placement&) const = default;
};

inline constexpr std::array<std::string_view, 4> buffer_names = {"input", "filters", "output",
                                                                 "workspace"};

/// Describes a byte outside all buffers by the nearest end of a buffer: "4 bytes behind the end of
/// input", "12 bytes before the start of filters". The first byte behind a buffer is 0 bytes behind
/// its end.
std::string place_outside(const Placement& placement, std::size_t offset);

/// Describes an access fault at this byte: "writing to its operand filters, byte 20" in a buffer
/// that a call may only read, "in output" in a buffer while no call runs (the whole arena is
/// inaccessible then), else place_outside.
std::string words_of_fault(const Placement& placement, std::size_t offset, bool during_call);

}  // namespace convict::sandbox
