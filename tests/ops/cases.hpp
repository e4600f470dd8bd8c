#pragma once

#include <string>
#include <vector>

#include "ops/border.hpp"
#include "ops/params.hpp"
#include "tests/ops/closed_form.hpp"

namespace convict::ops::test {

/// One convolution in the words of the user and, beside it, resolved by hand for the closed forms.
struct Case {
  std::string name;
  ConvArgs args;
  Dims image, kern;
  Settings settings;
};

/// Every option on every axis that the semantics allow, small enough to read; no two sizes of a
/// case are equal where a mix-up could hide.
const std::vector<Case>& cases();

Dims spatial(const Dims& shape, int axes);
Dims top_shape(const Case& c);

}  // namespace convict::ops::test
