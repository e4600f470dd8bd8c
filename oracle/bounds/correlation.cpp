// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/correlation.hpp"

namespace convict::oracle {

index_t Correlation::first_plane(index_t row, index_t j) const {
  return pass == Pass::grad_weights ? j * rows + row : row * terms + j;
}

index_t Correlation::second_plane(index_t row, index_t b, index_t j) const {
  if (pass == Pass::grad_weights)
    return (j * groups + row / group_in_channels) * group_out_channels + b;
  const index_t group = row % groups;
  const index_t k = pass == Pass::forward ? b : j;
  const index_t c = pass == Pass::forward ? j : b;
  return (group * group_out_channels + k) * group_in_channels + c;
}

index_t Correlation::result_plane(index_t row, index_t b) const {
  if (pass != Pass::grad_weights) return row * columns + b;
  const index_t k = row / group_in_channels * group_out_channels + b;
  return k * group_in_channels + row % group_in_channels;
}

index_t Correlation::first_position(std::size_t axis, index_t q, index_t v) const {
  const index_t scaled = q * per_result[axis] + v * per_second[axis] - pad[axis];
  if (scaled < 0 || scaled % divisor[axis] != 0) return -1;
  const index_t position = scaled / divisor[axis];
  return position < first[axis] ? position : -1;
}

bool is_plain(const ConvSpec& spec) {
  const Axes ones{1, 1, 1};
  const Geometry g = geometry_of(spec);
  return !g.unshared && g.stride == ones && g.dilation == ones;
}

Correlation correlation_of(const ConvSpec& spec, Pass pass) {
  const Geometry g = geometry_of(spec);
  Correlation made{.pass = pass,
                   .rows = g.batch * g.groups,
                   .columns = g.group_out_channels,
                   .terms = g.group_in_channels,
                   .first = g.input,
                   .second = g.filter,
                   .result = g.output,
                   .pad = g.pad_before,
                   .per_result = g.stride,
                   .per_second = g.dilation,
                   .divisor = {1, 1, 1},
                   .reverse_second = g.flip,
                   .reverse_result = false,
                   .groups = g.groups,
                   .group_in_channels = g.group_in_channels,
                   .group_out_channels = g.group_out_channels};
  if (pass == Pass::grad_input) {
    made.columns = g.group_in_channels;
    made.terms = g.group_out_channels;
    made.first = g.output;
    made.result = g.input;
    made.reverse_second = !g.flip;
    made.per_result = {1, 1, 1};
    made.divisor = g.stride;
    for (std::size_t a = 0; a < made.pad.size(); ++a)
      made.pad[a] = (g.filter[a] - 1) * g.dilation[a] - g.pad_before[a];
  }
  if (pass == Pass::grad_weights) {
    made.rows = g.in_channels;
    made.terms = g.batch;
    made.second = g.output;
    made.result = g.filter;
    made.per_result = g.dilation;
    made.per_second = g.stride;
    made.reverse_second = false;
    made.reverse_result = g.flip;
  }
  return made;
}

}  // namespace convict::oracle
