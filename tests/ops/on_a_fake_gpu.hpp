// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/test/unit_test.hpp>

#include "ops/operations/operation_tables.hpp"
#include "tests/ops/fake_gpu.hpp"

namespace convict::ops::test {

/// A fixture that requires at the end of a test that no memory and no plan is left.
struct OnAFakeGpu : FakeGpu {
  ~OnAFakeGpu() {
    BOOST_TEST(device.live.empty());
    BOOST_TEST(plans == 0);
  }
};

/// A call by name and its expected result.
struct Example {
  Tensors operands;
  std::map<std::string, std::string> parameters;
  Array expected;
};

/// Requires that every operation of the table has an example, and gives its result.
inline void require_examples(const std::vector<Operation>& table,
                             const std::map<std::string, Example>& examples) {
  BOOST_TEST(table.size() == examples.size());
  for (const Operation& operation : table) {
    const Example& example = examples.at(operation.name);
    const Array result = call(operation, example.operands, example.parameters);
    BOOST_TEST((result == example.expected), operation.name);
  }
}

}  // namespace convict::ops::test
