// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/spec.hpp"

namespace convict::fuzz {

/// A size or parameter of a spec that can be set by itself. Channels are counted per group. With
/// `axis` every_axis, all axes get the same value.
struct Unit {
  enum class Kind {
    batch,
    in_channels,
    out_channels,
    groups,
    filter,
    stride,
    dilation,
    pad_before,
    pad_after,
    padding,  ///< both sides
    output,
    input
  };
  static constexpr int every_axis = -1;

  Kind kind = Kind::batch;
  int axis = every_axis;

  bool operator==(const Unit&) const = default;
};

/// All units, sizes first.
std::span<const Unit> units();

/// Whether the spec has this axis.
bool has(const ConvSpec& spec, Unit unit);

/// The unit's value; the largest of all axes for every_axis.
index_t value_of(const ConvSpec& spec, Unit unit);

/// What stays when a parameter of an axis changes: output extents (inputs follow) or inputs.
enum class Hold { outputs, inputs };

/// `spec` with another value of the unit. Extents of outputs and inputs follow each other; rows
/// that no output reads stay, as far as the stride permits. The result may be invalid.
ConvSpec with(const ConvSpec& spec, Unit unit, index_t value, Hold hold = Hold::outputs);

}  // namespace convict::fuzz
