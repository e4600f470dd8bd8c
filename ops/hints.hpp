// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "ops/array.hpp"
#include "ops/policy.hpp"

namespace convict::ops {

/// Returns `x`. With conv.assert_shape it first requires that every known entry of `expected_shape`
/// is the extent of that axis, else throws AssertionError with `message` and both shapes. An empty
/// `expected_shape` states nothing.
const Array& assert_shape(const Array& x, const Hint& expected_shape, std::string_view message,
                          const Policy& policy = environment_policy());

/// `shape` where known entries of `hint` replace its own; an empty hint replaces nothing.
Hint with_hints(Hint shape, const Hint& hint);

Hint known(const Dims& shape);

}  // namespace convict::ops
