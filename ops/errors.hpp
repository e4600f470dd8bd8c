// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.hpp"

namespace convict::ops {

// The kinds of errors that Theano and Aesara raise, so that code that relies on the kind still
// works. Every message names the argument, its value and what would be right.

/// An argument has a value that cannot be used.
struct ValueError : InputError {
  using InputError::InputError;
};
/// An argument has the wrong rank or kind.
struct TypeError : InputError {
  using InputError::InputError;
};
/// The call is well-defined, but not implemented.
struct NotImplementedError : InputError {
  using InputError::InputError;
};
/// A shape that the caller stated is wrong.
struct AssertionError : InputError {
  using InputError::InputError;
};
/// Selection found no kernel that takes the problem; an AssertionError in Theano and Aesara, too.
struct NoImplementationError : AssertionError {
  using AssertionError::AssertionError;
};

}  // namespace convict::ops
