#include "oracle/custody/placement.hpp"

#include <fmt/format.h>

#include <limits>

namespace convict::oracle {
namespace {

bool holds(const Stretch& stretch, std::size_t offset) {
  return offset >= stretch.begin && offset < stretch.end;
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
  for (std::size_t i = 0; i < placement.rooms.size(); ++i) {
    const Stretch& buffer = placement.rooms[i].buffer;
    if (offset >= buffer.end) offer(offset - buffer.end, "behind the end of", room_names[i]);
    if (offset < buffer.begin) offer(buffer.begin - offset, "before the start of", room_names[i]);
  }
  return words;
}

std::string words_of_fault(const Placement& placement, std::size_t offset, bool during_call) {
  for (std::size_t i = 0; i < placement.rooms.size(); ++i) {
    const Room& room = placement.rooms[i];
    if (!holds(room.buffer, offset)) continue;
    if (!during_call || room.writable) return fmt::format("in {}", room_names[i]);
    return fmt::format("writing to its operand {}, byte {}", room_names[i],
                       offset - room.buffer.begin);
  }
  return place_outside(placement, offset);
}

}  // namespace convict::oracle
