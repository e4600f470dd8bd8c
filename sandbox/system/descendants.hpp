// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace convict::sandbox {

/// The current children of a process, zombies included (proc(5)). None where that cannot be read.
std::vector<pid_t> children_of(pid_t process);

/// How many processes descend from `ancestor`, without itself and without zombies.
std::size_t living_below(pid_t ancestor);

/// The session that a process belongs to; 0 where it cannot be read.
pid_t session_of(pid_t process);

/// Memory of a process that is its own: neither files nor memory that it shares; 0 where it cannot
/// be read.
std::size_t anonymous_bytes(pid_t process);

/// Memory of all descendants of `ancestor`, without itself: their own, and the shared memory that
/// they map or hold open (memfd_create(2), files in a tmpfs). The shared file `but_for` and its
/// memory do not count. Pages that several of them share are counted several times; only if the sum
/// exceeds `enough` they are counted once, which is slower. 0 where nothing can be read.
std::size_t memory_below(pid_t ancestor, int but_for, std::size_t enough);

/// Kills and reaps the children of this process that `is_one` chooses, and their orphaned
/// descendants, which become children of this process if it is a subreaper (prctl(2)), until there
/// are none. Gives up after `most_s` seconds. Returns how many processes it ended.
int end_children(const std::function<bool(pid_t)>& is_one, double most_s);

}  // namespace convict::sandbox
