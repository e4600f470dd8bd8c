// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "convict_device/language.hpp"
#include "memory.hpp"

// What is remembered of accesses to memory (watch.hpp).
namespace convict_device::watch {

constexpr std::size_t granule = 4;  ///< bytes whose accesses are remembered together

enum class Kind { load, store, atomic };

/// Who accessed a granule: a thread (0: nobody), when, and where in the code.
struct Access {
  std::uint32_t thread = 0;
  std::uint32_t interval : 27 = 0;
  std::uint32_t bytes : 4 = 0;  ///< a bit for each byte of the granule
  std::uint32_t is_atomic : 1 = 0;
  std::uint32_t segment = 0;
  std::uint32_t place = 0;
};
/// The latest store and the two latest loads of different threads.
struct Cell {
  Access store;
  std::array<Access, 2> loads;
};
struct Operations {
  std::uint32_t store = 0, load = 0;
};

/// Arrays that shadow the device's memory; only what is touched takes memory.
struct Shadow {
  Cell* cells = nullptr;
  Operations* operations = nullptr;
  unsigned char* written = nullptr;
};

const Shadow& shadow();
/// The cell of a variable of the program (__device__, __constant__), which has no array.
Cell& cell_of_variable(std::uintptr_t granule_number);
void forget_variables();

/// Of an address in the device's memory.
std::size_t offset_of(const void* address);
/// Notes what threads of this launch accessed of an allocation.
void touch(Allocation& allocation, char* begin, char* end);
/// An allocation that was touched, or null.
Allocation* any_touched();
void forget_touched(Allocation& allocation);

/// Nothing was written to these bytes, no operation touched these granules.
void clear_written(std::size_t offset, std::size_t bytes);
void clear_operations(std::size_t offset, std::size_t bytes);

/// Access::place of a line, and of an instruction by its offset in this shared object.
std::uint32_t place_of_site(Site site);
std::string line_of_place(std::uint32_t place);

/// "shared memory 'tile' (byte 12)"
std::string object_at(const char* address);

}  // namespace convict_device::watch
