// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ops/border.hpp"
#include "ops/params.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {

/// One convolution: the arguments of the user, and the same resolved by hand for the closed forms.
struct Case {
  std::string name;
  ConvArgs args;
  Dims image, kern;
  Settings settings;
};

/// Every option on every axis for which it is defined, in small cases. No two sizes of a case are
/// equal where exchanging them would be a fault.
const std::vector<Case>& cases();

Dims spatial(const Dims& shape, int axes);
Dims top_shape(const Case& c);

}  // namespace convict::ops::test
