// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/guarded_memory.hpp"

#include <algorithm>
#include <new>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace convict::cuda_on_cpu {
namespace {

constexpr std::size_t zone = 64;
constexpr auto zone_fill = std::byte{0xA5};
constexpr auto poison_fill = std::byte{0xFF};  // a NaN in every floating-point format

#ifdef __SANITIZE_ADDRESS__
void forbid(const void* memory, std::size_t bytes) { __asan_poison_memory_region(memory, bytes); }
void allow(const void* memory, std::size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
#else
void forbid(const void*, std::size_t) {}
void allow(const void*, std::size_t) {}
#endif

}  // namespace

GuardedMemory::GuardedMemory(std::size_t bytes)
    : bytes_(bytes),
      memory_(static_cast<std::byte*>(::operator new (bytes + 2 * zone, std::align_val_t{zone}))) {
  std::fill_n(memory_, zone, zone_fill);
  std::fill_n(data() + bytes_, zone, zone_fill);
  poison();
  forbid(memory_, zone);
  forbid(data() + bytes_, zone);
}

GuardedMemory::~GuardedMemory() {
  allow(memory_, bytes_ + 2 * zone);
  ::operator delete (memory_, std::align_val_t{zone});
}

std::byte* GuardedMemory::data() const { return memory_ + zone; }

void GuardedMemory::poison() const { std::fill_n(data(), bytes_, poison_fill); }

std::string GuardedMemory::written_outside() const {
  const auto touched = [](const std::byte* begin) {
    allow(begin, zone);
    const bool found = std::any_of(begin, begin + zone, [](std::byte b) { return b != zone_fill; });
    forbid(begin, zone);
    return found;
  };
  if (touched(memory_)) return "wrote before its memory";
  return touched(data() + bytes_) ? "wrote behind its memory" : "";
}

}  // namespace convict::cuda_on_cpu
