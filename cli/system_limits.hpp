// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace convict::cli {

/// Takes back what was set for OpenBLAS before main began (system_limits.cpp), so that kernels see
/// the environment that the user gave.
void restore_environment();

/// Opens standard streams that were closed, so that no other file gets their numbers; reading from
/// them and writing to them still fails.
void occupy_standard_streams();

/// Throws EnvironmentError naming the limit unless the system lets this user start the threads and
/// processes of `jobs` jobs at the same time (1,024 of them are tried at most), each with `workers`
/// worker processes, and gives this process the addresses for them. OpenMP ends the process (exit
/// code 1) when it cannot start a thread; so this asks before any work.
void require_room_for_jobs(int jobs, std::size_t workers);

/// From here on an exit is no end of convict's own but a library's, such as OpenMP's when it cannot
/// start a thread: it is told, with exit code 3, until `end_of_process`.
void tell_unexpected_exits();

/// The exit code of a process that is done with `code`: when standard output did not take what was
/// printed, that is told, and the code is that of the environment, unless the reader has gone away
/// (`| head`).
int end_of_process(int code);

}  // namespace convict::cli
