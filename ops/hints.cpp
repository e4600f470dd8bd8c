// SPDX-License-Identifier: Apache-2.0
#include "ops/hints.hpp"

#include <fmt/format.h>

#include "ops/errors.hpp"

namespace convict::ops {
namespace {

bool agrees(const Dims& shape, const Hint& expected) {
  if (expected.empty()) return true;
  if (shape.size() != expected.size()) return false;
  for (std::size_t a = 0; a < shape.size(); ++a)
    if (expected[a] && *expected[a] != shape[a]) return false;
  return true;
}

}  // namespace

const Array& assert_shape(const Array& x, const Hint& expected_shape, std::string_view message,
                          const Policy& policy) {
  if (policy.conv_assert_shape && !agrees(x.shape(), expected_shape))
    throw AssertionError(fmt::format("{}: the shape is {}; {} was promised", message,
                                     to_string(x.shape()), to_string(expected_shape)));
  return x;
}

Hint with_hints(Hint shape, const Hint& hint) {
  for (std::size_t a = 0; a < shape.size() && a < hint.size(); ++a)
    if (hint[a]) shape[a] = hint[a];
  return shape;
}

Hint known(const Dims& shape) { return {shape.begin(), shape.end()}; }

}  // namespace convict::ops
