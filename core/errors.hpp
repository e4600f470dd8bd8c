// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <system_error>

namespace convict {

/// Input of the user that cannot be used. The program ends with exit code 2 before any work.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A spec or trial that is malformed or describes no convolution.
struct SpecError : InputError {
  using InputError::InputError;
};
/// A file that is missing, truncated, foreign or of the wrong shape.
struct FileError : InputError {
  using InputError::InputError;
};
/// A command line that cannot be parsed.
struct UsageError : InputError {
  using InputError::InputError;
};

/// A library, a device or a disk failed: exit code 3.
struct EnvironmentError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The error for a thread that the system would not start, where --jobs asked for `jobs` of them.
inline EnvironmentError cannot_start_job(std::size_t job, int jobs,
                                         const std::system_error& error) {
  return EnvironmentError{"cannot start job " + std::to_string(job) + " of " +
                          std::to_string(jobs) + ": " + error.code().message() +
                          "; --jobs sets how many"};
}

/// A kernel reported that it failed (for example a plug-in by a status other than zero).
struct KernelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A kernel that was called says that it does not take the problem (a plug-in by CONVICT_REFUSED).
struct LateRefusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace convict
