// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/pass.hpp"
#include "core/spec.hpp"
#include "core/tensor.hpp"

namespace convict {

using InputShape = Shape<5>;  ///< (N, C, i0, i1, i2), also the output's (N, K, o0, o1, o2)
/// (K, o0, o1, o2, C/G, f0, f1, f2); shared filters have o extents 1, until
/// broadcast_over_positions.
using FilterShape = Shape<8>;

/// The axes of a tensor as its Shape numbers them, from the slowest in memory to the fastest.
template <std::size_t Rank>
using AxisOrder = std::array<std::uint8_t, Rank>;

/// In which order the axes of each tensor lie in memory. One letter stands for an axis: n c d h w
/// in input and output (c is K in the output), k z p q c t r s in filters (z p q are the output
/// position of an unshared bank). Problems of lower rank have extent 1 on the leading ones of
/// d h w, z p q and t r s.
struct Layout {
  AxisOrder<5> input{0, 1, 2, 3, 4};
  AxisOrder<8> filters{0, 1, 2, 3, 4, 5, 6, 7};
  AxisOrder<5> output{0, 1, 2, 3, 4};

  auto operator<=>(const Layout&) const = default;

  static const Layout nchw;  ///< (N, C, i...), (K, [o...,] C/G, f...), (N, K, o...)
  static const Layout nhwc;  ///< channels last: (N, i..., C), (K, [o...,] f..., C/G), (N, o..., K)
};
inline constexpr Layout Layout::nchw{};
inline constexpr Layout Layout::nhwc{{0, 2, 3, 4, 1}, {0, 1, 2, 3, 5, 6, 7, 4}, {0, 2, 3, 4, 1}};

/// The layout in which input and output have this order and filters the one that corresponds to
/// it: k for n, c for c, t r s for d h w.
Layout uniform_layout(const AxisOrder<5>& images);
bool is_uniform(const Layout& layout);

/// `nchw`, `nhwc`, `chwn` ... for a uniform layout, else INPUT:FILTERS:OUTPUT as in
/// `nchw:rsck:nhwc`. A d that precedes h is left out, as are a t that precedes r and z p q that
/// follow k.
std::string to_string(const Layout& layout);
/// Reads what to_string writes, with or without the letters that it leaves out. Throws SpecError
/// naming the order and what would be right.
Layout parse_layout(std::string_view text);

/// How the step along one axis differs from a dense tensor's. With `inner` the elements that one
/// position of the axis takes up in memory,
///   step = times * (inner rounded up to a multiple of `multiple`),
/// and the axis takes up |times| * extent + unused positions (one, if times is 0).
struct AxisStep {
  /// 1; m > 1: every m-th position of a longer axis is used; negative: in reverse, so that element
  /// 0 lies behind the others; 0: every position is the same memory.
  index_t times = 1;
  index_t unused = 0;    ///< positions of a longer axis behind the used ones
  index_t multiple = 1;  ///< in elements, at least 1

  bool operator==(const AxisStep&) const = default;
};

/// The steps of all axes, numbered as in Shape.
struct Steps {
  std::array<AxisStep, 5> input{};
  std::array<AxisStep, 8> filters{};
  std::array<AxisStep, 5> output{};

  bool operator==(const Steps&) const = default;
};

/// INPUT:FILTERS:OUTPUT, each `-` for dense, or terms AXIS[*TIMES][+UNUSED][%MULTIPLE] separated by
/// dots, in the order of the letters above: `c+2:k*2.s+1:-`.
std::string to_string(const Steps& steps);
/// Throws SpecError naming the term and what would be right.
Steps parse_steps(std::string_view text);

/// True when the tensor that `pass` writes has a step of 0: its elements would overwrite each
/// other.
bool repeats_result(const Steps& steps, Pass pass);
/// The same with 1 for steps of 0 in the tensor that `pass` writes.
Steps without_repeated_result(Steps steps, Pass pass);
/// The same with 1 for all steps of 0.
Steps without_repeats(Steps steps);

/// What a layout and steps say about a trial, whatever its extents are.
/// Input, filters and output are not in corresponding orders, or in another order than nchw, nhwc.
bool has_unusual_order(const Layout& layout);
/// Filters are a slice of a larger bank: there are gaps between their elements.
bool slices_filters(const Steps& steps);
/// A step along n in input or output is larger than an image: the images are a slice of larger
/// ones (of their slowest axis), or not all of a batch.
bool spreads_images(const Layout& layout, const Steps& steps);
/// A step is rounded up to a multiple of elements.
bool aligns_steps(const Steps& steps);
/// Several elements are the same memory.
bool has_repeats(const Steps& steps);
/// An axis is reversed.
bool has_reversed(const Steps& steps);

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
TensorShapes shapes_of(const ConvSpec& spec, const Layout& layout = Layout::nchw, index_t pitch = 0,
                       const Steps& steps = {});

/// The filter shape as kernels index it: shared filters get stride 0 on the output axes, so that
/// every output position reads the same bank.
FilterShape broadcast_over_positions(FilterShape filters, const Axes& output);

}  // namespace convict
