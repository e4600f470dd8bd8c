// SPDX-License-Identifier: Apache-2.0
#include "sandbox/in_process/device_arena.hpp"

#include <fmt/format.h>

#include <new>

#include "core/errors.hpp"
#include "sandbox/poison.hpp"

namespace convict::sandbox {
namespace {

/// Longer than a launch takes, so that a kernel on another stream reads before the data arrive.
constexpr double delay_ms = 1;

bool lies_at_the_end(const BufferSlot& slot) {
  return slot.pages.end - slot.buffer.end <= slot.buffer.begin - slot.pages.begin;
}

}  // namespace

DeviceArena::~DeviceArena() {
  for (const Walled& memory : walled_)
    if (memory.begin != nullptr) device_.release_walled(memory);
}

Buffers DeviceArena::send(std::span<const std::byte> arena, const Placement& placement) {
  waiting_.reserve(arena.size());
  collected_.reserve(arena.size());
  bytes_ = arena.size();
  pieces_ = pieces_for(bytes_, placement);
  device_.upload(waiting_.data(), arena.data(), arena.size());
  for (const Piece& piece : pieces_) poison(piece);
  device_.synchronize();
  device_.delay(delay_ms);
  for (const Piece& piece : pieces_)
    device_.copy(piece.at, waiting_.data() + piece.of.begin, piece.bytes());
  return {.input = on_device(placement.input),
          .filters = on_device(placement.filters),
          .output = on_device(placement.output),
          .workspace = placement.workspace_bytes != 0 ? on_device(placement.workspace) : nullptr,
          .workspace_bytes = placement.workspace_bytes,
          .stream = device_.stream(),
          .plan = nullptr};
}

void DeviceArena::collect() {
  // Memory between the pieces was not on the device; it is returned as it was sent.
  device_.copy(collected_.data(), waiting_.data(), bytes_);
  for (const Piece& piece : pieces_) {
    device_.copy(collected_.data() + piece.of.begin, piece.at, piece.bytes());
    poison(piece);
  }
}

void DeviceArena::fetch(std::span<std::byte> arena) {
  device_.download(arena.data(), collected_.data(), bytes_);
}

std::vector<DeviceArena::Piece> DeviceArena::pieces_for(std::size_t bytes,
                                                        const Placement& placement) {
  if (placement.guarded) {
    std::vector<Piece> pieces;
    for (std::size_t slot = 0; slot < placement.slots.size(); ++slot) {
      const auto piece = walled(slot, placement.slots[slot]);
      if (!piece) break;
      pieces.push_back(*piece);
    }
    if (pieces.size() == placement.slots.size()) return pieces;
  }
  whole_.reserve(bytes);
  return {{{0, bytes}, whole_.data()}};
}

/// Puts the slot's pages at the end of walled memory that its buffer is adjacent to in the arena.
/// The memory is kept while it is large enough.
std::optional<DeviceArena::Piece> DeviceArena::walled(std::size_t slot, const BufferSlot& where) {
  Walled& memory = walled_[slot];
  const std::size_t bytes = where.pages.end - where.pages.begin;
  if (memory.begin == nullptr || memory.bytes < bytes) {
    if (memory.begin != nullptr) device_.release_walled(memory);
    memory = {};
    try {
      const auto fresh = device_.allocate_walled(bytes);
      if (!fresh) return std::nullopt;
      memory = *fresh;
    } catch (const std::bad_alloc&) {
      throw EnvironmentError(fmt::format("no memory for {} bytes on {}", bytes, device_.name()));
    }
  }
  const std::size_t begin = lies_at_the_end(where) ? memory.bytes - bytes : 0;
  return Piece{where.pages, memory.begin + begin};
}

std::byte* DeviceArena::on_device(std::size_t offset) const {
  for (const Piece& piece : pieces_)
    if (offset >= piece.of.begin && offset <= piece.of.end)
      return piece.at + (offset - piece.of.begin);
  return nullptr;
}

void DeviceArena::poison(const Piece& piece) {
  device_.fill(piece.at, static_cast<unsigned char>(Poison::nan), piece.bytes());
}

}  // namespace convict::sandbox
