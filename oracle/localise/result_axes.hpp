// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::oracle {

/// What the indices of one axis of a result mean.
enum class AxisRole {
  image,
  out_channel,    ///< forward's channels and grad_weights' filters: K, in groups
  in_channel,     ///< of grad_input: C, in groups
  group_channel,  ///< of grad_weights: C/G, counted within a group
  output,         ///< a spatial axis of the output; also of the banks of unshared filters
  input,          ///< a spatial axis of the input
  tap             ///< a spatial axis of the filters
};

/// One axis of a result in the spec's own rank.
struct ResultAxis {
  AxisRole role = AxisRole::image;
  std::string_view one{};   ///< "column"
  std::string_view many{};  ///< "columns"
  index_t extent = 1;
  int spatial = -1;   ///< which axis of the spec; -1 for none
  bool whole = true;  ///< false: only its first `extent` indices are considered
};

/// The axes of the tensor that the trial's pass writes, outermost first: (n, k, o...), (n, c, i...)
/// or (k, [o...,] c, f...).
std::vector<ResultAxis> result_axes(const Trial& trial);

/// True for the innermost axes, which descriptions may also take together: the spatial axes of an
/// image, the taps of filters.
bool is_innermost(const ResultAxis& axis, Pass pass);

}  // namespace convict::oracle
