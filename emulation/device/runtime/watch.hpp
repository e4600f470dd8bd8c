// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "convict_device/language.hpp"
#include "memory.hpp"

namespace convict_device {

struct Thread;

/// Whether this shared object was compiled so that each access to memory calls the functions of
/// watch.cpp: then accesses are held against the bounds of objects, against those of other threads
/// (races), of other operations on streams, and against what was never written.
extern bool watches_accesses;
/// Reads of memory that was never written are faults. A right kernel may make such reads and drop
/// what they give, so they are told only when a result was wrong.
extern bool tells_unwritten;

/// A call of the plug-in is watched until it has made so many accesses: a kernel whose tiles are
/// much larger than the problem would take minutes. While unwritten memory is told, a call is
/// watched to its end.
constexpr std::uint64_t most_watched_accesses = 2'000'000;
void begin_watching();
bool is_watched_now();

/// Nothing of the allocation has been accessed or written.
void forget_accesses(Allocation& allocation);
/// What threads did is over, because the launch is.
void forget_launch();
/// A new allocation was not written yet.
void forget_written(const Allocation& allocation);

/// A copy or memset reads or writes device memory outside of kernels.
void operation_touches(const void* at, std::size_t bytes, bool is_write, Site site);

/// The current thread reads or writes memory in a function that is not compiled to be watched.
void watched_access(const void* at, std::size_t bytes, bool is_store, Site site);
/// What is there is as if nobody had written it.
void forget_bytes(char* at, std::size_t bytes);

/// Whether stores that met those of others changed a value: only then they are races.
void settle_writes();

/// A value from a lane that took no part in the operation: told as reads of unwritten memory are.
void note_absent_lane(const Thread& thread, int source_lane);

}  // namespace convict_device
