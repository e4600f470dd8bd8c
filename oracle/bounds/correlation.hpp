// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/geometry.hpp"
#include "core/pass.hpp"

namespace convict::oracle {

/// Any pass of a convolution with shared filters, as one correlation of planes with three axes:
///
///     result[row, b, q] = sum_j sum_v first[row, j, p(q, v)] second[row, b, j, v]
///     p(q, v) = (q per_result + v per_second - pad) / divisor  on every axis
///
/// where `first` is zero outside its extents and where p is no integer. With stride 1 and dilation
/// 1, p(q, v) = q + v - pad. Tensors are dense NCHW; the member functions return the number of a
/// plane in its tensor.
///   forward       first input,  second filters          rows (n, g),  b out-channel, j in-channel;
///                 q = o, v = phi(u): p = q s + v d - l
///   grad_input    first output, second filters reversed rows (n, g),  b in-channel, j out-channel;
///                 from o s = p + l - phi(u) d, v = r - 1 - phi(u): pad = (r - 1) d - l
///   grad_weights  first input,  second output           rows channel, b out-channel, j image;
///                 q = phi(u), as long as the filter, v = o: p = q d + v s - l
struct Correlation {
  Pass pass;
  index_t rows, columns, terms;
  Axes first, second, result;  ///< extents of one plane
  Axes pad;                    ///< may be negative
  Axes per_result, per_second, divisor;
  bool reverse_second;  ///< taps of `second` are stored last to first
  bool reverse_result;  ///< as are those of `result`
  index_t groups, group_in_channels, group_out_channels;

  index_t first_plane(index_t row, index_t j) const;
  index_t second_plane(index_t row, index_t b, index_t j) const;
  index_t result_plane(index_t row, index_t b) const;

  /// p(q, v) on one axis; -1 where that is no position of `first`.
  index_t first_position(std::size_t axis, index_t q, index_t v) const;
};

/// Whether the spec has stride 1, dilation 1 and shared filters, which transforms need.
bool is_plain(const ConvSpec& spec);

/// `spec` must have shared filters.
Correlation correlation_of(const ConvSpec& spec, Pass pass);

constexpr index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }

/// Offset of `at` in a plane; if `reversed`, of its mirror image.
constexpr index_t offset_in(const Axes& extents, const Axes& at, bool reversed) {
  index_t offset = 0;
  for (std::size_t a = 0; a < at.size(); ++a)
    offset = offset * extents[a] + (reversed ? extents[a] - 1 - at[a] : at[a]);
  return offset;
}

/// Calls visit(at) for begin <= at < end, last axis fastest.
template <class Visit>
void for_each_position(const Axes& begin, const Axes& end, Visit&& visit) {
  for (index_t i = begin[0]; i < end[0]; ++i)
    for (index_t j = begin[1]; j < end[1]; ++j)
      for (index_t k = begin[2]; k < end[2]; ++k) visit(Axes{i, j, k});
}

constexpr bool inside(const Axes& extents, const Axes& at) {
  for (std::size_t a = 0; a < at.size(); ++a)
    if (at[a] < 0 || at[a] >= extents[a]) return false;
  return true;
}

}  // namespace convict::oracle
