// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace convict::sandbox {

/// The current children of a process, zombies included, from /proc/PID/task/TID/children (proc(5)).
/// None where that cannot be read.
std::vector<pid_t> children_of(pid_t process);

/// Resident memory of a process, shared pages included; 0 where it cannot be read.
std::size_t resident_bytes(pid_t process);

/// Resident memory of all descendants of `ancestor`, without itself. The sum of their resident
/// memory counts shared pages several times; only if it exceeds `enough`, shared pages are counted
/// once, which is slower. 0 where nothing can be read.
std::size_t memory_below(pid_t ancestor, std::size_t enough);

/// Kills and reaps every child of this process except `one`, and their orphaned descendants, which
/// become children of this process if it is a subreaper (prctl(2)). Gives up after `most_s`
/// seconds.
void end_children_except(pid_t one, double most_s);

}  // namespace convict::sandbox
