// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/plugin.hpp"
#include "core/problem.hpp"

namespace convict::gpu::emulated {

/// The value whose bit (CONVICT_FORWARD, CONVICT_F32, ...) this is.
template <class Values>
auto value_of(std::int32_t bit, const Values& values) {
  std::size_t number = 0;
  while (bit > 1 << number) ++number;
  return values[number];
}

inline ConvSpec spec_of(const convict_problem& from) {
  ConvSpec spec{.rank = from.rank,
                .batch = from.batch,
                .in_channels = from.in_channels,
                .out_channels = from.out_channels,
                .groups = from.groups,
                .flip = from.flip != 0,
                .unshared = from.unshared != 0};
  const std::size_t first = max_rank - static_cast<std::size_t>(from.rank);
  for (std::size_t a = first; a < max_rank; ++a) {
    spec.input[a - first] = from.input[a];
    spec.filter[a - first] = from.filter[a];
    spec.stride[a - first] = from.stride[a];
    spec.dilation[a - first] = from.dilation[a];
    spec.padding[a - first] = {from.pad_before[a], from.pad_after[a]};
  }
  return spec;
}

/// A problem of the plug-in interface as kernels have it: the inverse of
/// sandbox/wire/plugin_problem.cpp. `from` must be a convolution.
inline Problem problem_of(const convict_problem& from) {
  Problem problem{.spec = spec_of(from),
                  .pass = value_of(from.pass, all_passes),
                  .precision = value_of(from.precision, all_precisions),
                  .alpha = from.alpha,
                  .beta = from.beta,
                  .threads = from.threads,
                  .shapes = shapes_of(spec_of(from))};
  std::copy_n(from.input_strides, 5, problem.shapes.input.strides.begin());
  std::copy_n(from.output_strides, 5, problem.shapes.output.strides.begin());
  FilterShape& filters = problem.shapes.filters;
  for (std::size_t a = 0; a < 8; ++a)  // the interface repeats a shared bank at all positions
    if (problem.spec.unshared || a == 0 || a > 3) filters.strides[a] = from.filter_strides[a];
  return problem;
}

}  // namespace convict::gpu::emulated
