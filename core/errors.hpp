#pragma once

#include <stdexcept>
#include <string>

namespace convict {

/// The user gave something that cannot be used: exit code 2, before any work.
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
/// The command line itself.
struct UsageError : InputError {
  using InputError::InputError;
};

/// A library, device or disk let us down: exit code 3.
struct EnvironmentError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A kernel reported failure of its own accord (a non-zero status from a plug-in).
struct KernelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace convict
