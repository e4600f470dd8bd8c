// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace convict {

/// FNV-1a, 64 bits, of `bytes` behind those that gave `hash`.
/// http://www.isthe.com/chongo/tech/comp/fnv
constexpr std::uint64_t fnv_1a(std::string_view bytes, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace convict
