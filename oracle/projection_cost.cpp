#include "core/geometry.hpp"
#include "oracle/projection.hpp"

namespace convict::oracle {
namespace {

/// One projected operation was measured at 0.4 to 1.2 ns, one multiply-add of reference::truth at
/// 0.8 to 2.5 ns (depthwise and unshared ones are slower, on both sides). Factor 2 asks for a clear
/// gain: the dense truth names wrong elements without a second look.
constexpr index_t dense_per_projected = 2;

}  // namespace

index_t projection_operations(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  const index_t pairs = g.output[0] * g.output[1] * g.output[2] * g.filter[0] * g.filter[1] *
                        g.filter[2];  // of an output and a tap, padding included
  const index_t planes = pass == Pass::forward      ? g.in_channels
                         : pass == Pass::grad_input ? g.out_channels
                                                    : g.batch * g.groups;
  return input_elements(spec) + filter_elements(spec) + output_elements(spec) + planes * pairs;
}

bool worth_projecting(const ConvSpec& spec, Pass pass) {
  return projection_operations(spec, pass) < flops(spec) / 2 / dense_per_projected;
}

}  // namespace convict::oracle
