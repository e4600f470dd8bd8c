// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

namespace convict::cli {

/// Exit codes, the same for every command.
enum Exit : int {
  exit_fine = 0,         ///< nothing found
  exit_finding = 1,      ///< any fail, crashed, hung
  exit_usage = 2,        ///< bad usage, spec or file; or nothing ran
  exit_environment = 3,  ///< a library, device or disk
  exit_internal = 4,     ///< a fault of convict itself
  exit_interrupted = 130
};

/// What `command` returns, or the exit code for the exception that leaves it, which is told in
/// `errors`, the standard error: exit_usage for InputError; exit_environment for EnvironmentError,
/// KernelError, std::bad_alloc and std::system_error; exit_internal for all others,
/// std::logic_error (std::out_of_range, ...) among them, with the request to report it and the
/// version. This is the program's only catch-all.
int guarded(const std::function<int()>& command, std::string_view version, std::FILE* errors);

}  // namespace convict::cli
