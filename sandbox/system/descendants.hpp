#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace convict::sandbox {

/// The children of a process at this moment, zombies included, as /proc/PID/task/TID/children has
/// them (proc(5)). None where that cannot be read.
std::vector<pid_t> children_of(pid_t process);

/// What a process has in memory, shared pages included; 0 when that cannot be told.
std::size_t resident_bytes(pid_t process);

/// What all processes below `ancestor` (itself excepted) have in memory. Pages that several share
/// are counted as often where that stays within `enough`, else once; 0 where nothing can be read.
std::size_t memory_below(pid_t ancestor, std::size_t enough);

/// Ends every child of this process but one, and what they leave behind: orphans become children of
/// a process that is a subreaper (prctl(2)). Gives up after `most_s` seconds.
void end_children_except(pid_t one, double most_s);

}  // namespace convict::sandbox
