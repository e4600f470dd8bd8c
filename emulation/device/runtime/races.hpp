// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "scheduler.hpp"
#include "shadow.hpp"

namespace convict_device::watch {

/// Holds an access to the bytes (bits) of a granule against those that the cell remembers, and
/// remembers it. Two are a race unless one happened before the other in every order of threads,
/// both are loads or atomic, or the later one is a store that changes nothing (settle_writes).
void check_race(Cell& cell, const char* granule_begin, std::uint32_t bytes, Kind kind,
                std::uint32_t place, Thread& me);
/// The store under way is that of an atomic operation, or of a launch that is over.
void forget_unsettled();

/// Fences and atomics give what they know to who reads the place atomically later.
void exchange_knowledge(const volatile void* at, Thread& me);
void forget_knowledge();

}  // namespace convict_device::watch
