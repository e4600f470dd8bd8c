// SPDX-License-Identifier: Apache-2.0
#include "core/geometry.hpp"
#include "oracle/projection/projection.hpp"

namespace convict::oracle {
namespace {

/// The fixed cost of a call of `project`, in operations: 1 to 2 microseconds.
constexpr index_t operations_per_call = 2500;

}  // namespace

index_t projection_operations(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  const index_t taps = g.filter[0] * g.filter[1] * g.filter[2];
  const index_t pairs = g.output[0] * g.output[1] * g.output[2] * taps;  // padding included
  const bool sums_first = taps == 1 && !spec.unshared && pass != Pass::grad_weights;
  const index_t planes = sums_first                 ? 0
                         : pass == Pass::forward    ? g.in_channels
                         : pass == Pass::grad_input ? g.out_channels
                                                    : g.batch * g.groups;
  return input_elements(spec) + filter_elements(spec) + output_elements(spec) + planes * pairs;
}

bool worth_projecting(const ConvSpec& spec, Pass pass) {
  return projection_operations(spec, pass) + operations_per_call < flops(spec) / 2;
}

}  // namespace convict::oracle
