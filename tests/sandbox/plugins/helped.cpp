// SPDX-License-Identifier: Apache-2.0
// Kernels made with plugin.hpp, each for one of its promises.
#include <memory>
#include <stdexcept>
#include <string>

#include "core/plugin.hpp"

namespace {

using convict::plugin::Call;
using convict::plugin::Row;

void mark(const Call& call, float value) { call.output<float>()(0, 0, 0, 0, 0) = value; }

/// A lambda with captures.
Row captures(const std::string& name, float value) {
  return {name,
          [name, value](const Call& call) { mark(call, value + static_cast<float>(name.size())); }};
}

/// Accesses the last element of every view.
Row reaches() {
  return {"reaches", [](const Call& call) {
            const auto x = call.input<const float>();
            const auto w = call.filters<const float>();
            const auto y = call.output<float>();
            const auto& xe = x.extents;
            const auto& we = w.extents;
            y(y.extents[0] - 1, y.extents[1] - 1, y.extents[2] - 1, y.extents[3] - 1,
              y.extents[4] - 1) = x(xe[0] - 1, xe[1] - 1, xe[2] - 1, xe[3] - 1, xe[4] - 1) +
                                  100 * w(we[0] - 1, we[1] - 1, we[2] - 1, we[3] - 1, we[4] - 1,
                                          we[5] - 1, we[6] - 1, we[7] - 1);
          }};
}

Row throws() {
  return {"throws", [](const Call& call) {
            throw std::runtime_error("no tile for rank " + std::to_string(call.problem.rank));
          }};
}

Row refuses_late() {
  return {"refuses_late", [](const Call& call) {
            mark(call, 7);
            throw convict::plugin::Refused("no tile for it");
          }};
}

Row throws_an_int() {
  return {"throws_an_int", [](const Call&) { throw 7; }};
}

Row mistakes_the_type() {
  return {"mistakes_the_type", [](const Call& call) { call.output<double>()(0, 0, 0, 0, 0) = 1; }};
}

Row refuses_with_words() {
  Row kernel("refuses_with_words", [](const Call& call) { mark(call, 1); });
  kernel.refuses = [](const convict_problem& problem) {
    return problem.groups == 1 ? "" : "has " + std::to_string(problem.groups) + " groups";
  };
  kernel.any_strides = false;
  kernel.layouts = "nchw nhwc";
  kernel.claims.required_alignment = 4;
  return kernel;
}

Row plans() {
  Row kernel("plans",
             [](const Call& call) { mark(call, static_cast<float>(call.plan<std::int64_t>())); });
  kernel.plan = [](const convict_problem& problem) {
    if (problem.batch == 3) throw std::runtime_error("three is a crowd");
    if (problem.batch == 4) throw convict::plugin::Refused("four is too many");
    return std::make_shared<std::int64_t>(10 * problem.batch);
  };
  kernel.workspace_bytes = [](const convict_problem&) { return std::size_t{16}; };
  return kernel;
}

}  // namespace

extern "C" const convict_plugin* convict_plugin_v1() {
  static const convict::plugin::Table table{
      captures("one", 1),  captures("eleven", 2), reaches(), throws(),      throws_an_int(),
      mistakes_the_type(), refuses_with_words(),  plans(),   refuses_late()};
  return table.get();
}
