// SPDX-License-Identifier: Apache-2.0
#include "sandbox/placement.hpp"

#include <fmt/format.h>

#include <limits>

namespace convict::sandbox {
namespace {

bool holds(const ByteRange& range, std::size_t offset) {
  return offset >= range.begin && offset < range.end;
}

}  // namespace

std::string place_outside(const Placement& placement, std::size_t offset) {
  std::size_t nearest = std::numeric_limits<std::size_t>::max();
  std::string words;
  const auto offer = [&](std::size_t distance, std::string_view side, std::string_view name) {
    if (distance >= nearest) return;
    nearest = distance;
    words = fmt::format("{} bytes {} {}", distance, side, name);
  };
  for (std::size_t i = 0; i < placement.slots.size(); ++i) {
    const ByteRange& buffer = placement.slots[i].buffer;
    // A workspace of 0 bytes is no buffer: the kernel got a null pointer.
    if (buffer_names[i] == "workspace" && placement.workspace_bytes == 0) continue;
    if (offset >= buffer.end) offer(offset - buffer.end, "behind the end of", buffer_names[i]);
    if (offset < buffer.begin) offer(buffer.begin - offset, "before the start of", buffer_names[i]);
  }
  return words;
}

std::string words_of_fault(const Placement& placement, std::size_t offset, bool during_call) {
  for (std::size_t i = 0; i < placement.slots.size(); ++i) {
    const BufferSlot& slot = placement.slots[i];
    if (!holds(slot.buffer, offset)) continue;
    if (!during_call || slot.writable) return fmt::format("in {}", buffer_names[i]);
    return fmt::format("writing to its operand {}, byte {}", buffer_names[i],
                       offset - slot.buffer.begin);
  }
  return place_outside(placement, offset);
}

}  // namespace convict::sandbox
