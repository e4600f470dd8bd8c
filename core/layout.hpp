// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "core/spec.hpp"
#include "core/tensor.hpp"

namespace convict {

/// nchw: (N, C, i...), (K, C/G, f...); nhwc: channels last, (N, i..., C), (K, f..., C/G).
enum class Layout { nchw, nhwc };

constexpr std::string_view name_of(Layout layout) {
  return layout == Layout::nchw ? "nchw" : "nhwc";
}
constexpr std::optional<Layout> layout_named(std::string_view name) {
  if (name == "nchw") return Layout::nchw;
  if (name == "nhwc") return Layout::nhwc;
  return std::nullopt;
}

using InputShape = Shape<5>;  ///< (N, C, i0, i1, i2), also the output's (N, K, o0, o1, o2)
/// (K, o0, o1, o2, C/G, f0, f1, f2); shared filters have o extents 1, until
/// broadcast_over_positions.
using FilterShape = Shape<8>;

/// Extents and strides (in elements) of the three tensors of a problem, lifted to three spatial
/// axes.
struct TensorShapes {
  InputShape input;
  FilterShape filters;
  InputShape output;
  bool operator==(const TensorShapes&) const = default;
};

/// `pitch` unused elements follow every row (the innermost axis) of input and output. Throws
/// SpecError when they do not fit in 64 bits.
TensorShapes shapes_of(const ConvSpec& spec, Layout layout = Layout::nchw, index_t pitch = 0);

/// The filter shape as kernels index it: shared filters get stride 0 on the output axes, so that
/// every output position reads the same bank.
FilterShape broadcast_over_positions(FilterShape filters, const Axes& output);

}  // namespace convict
