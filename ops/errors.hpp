#pragma once

#include "core/errors.hpp"

namespace convict::ops {

// The kinds of errors the seeds raise, so that who relied on the kind still can. Every message
// names the argument, its value and what would be right.

/// An argument has a value that cannot be used.
struct ValueError : InputError {
  using InputError::InputError;
};
/// An argument has the wrong rank or kind.
struct TypeError : InputError {
  using InputError::InputError;
};
/// Well-defined, but not offered.
struct NotImplementedError : InputError {
  using InputError::InputError;
};
/// A statement of the caller about shapes is not true.
struct AssertionError : InputError {
  using InputError::InputError;
};
/// Selection found no row that could serve; an AssertionError in the seeds too.
struct NoImplementationError : AssertionError {
  using AssertionError::AssertionError;
};

}  // namespace convict::ops
