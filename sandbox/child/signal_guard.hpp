// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <span>

namespace convict::sandbox {

/// From now on the system ends this process, and every process that it starts, by SIGSYS when it
/// sends a signal to one of `processes`, to its process group, or to all processes (kill(2) with
/// -1); see seccomp(2). To ask whether a process exists (signal 0) remains possible. This keeps a
/// mistake from stopping the run; code that wants to can find ways around it. No effect where the
/// system has no such filters.
void forbid_signals_to(std::span<const pid_t> processes);

}  // namespace convict::sandbox
