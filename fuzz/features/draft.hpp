// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "core/trial.hpp"
#include "fuzz/features/draw.hpp"

namespace convict::fuzz {

/// A trial that is being drawn. Features set outputs and channels per group; the spec's channels
/// and input extents are derived from them (`complete`).
struct Draft {
  Draw draw;
  Trial trial{};
  std::span<const Precision> precisions{};  ///< to choose from
  index_t group_in_channels = 1;            ///< C/G
  index_t group_out_channels = 1;           ///< K/G
  Axes output{1, 1, 1};                     ///< output extents
  Axes unused{0, 0, 0};      ///< last rows that no output reads, fewer than the stride
  std::size_t turn = 0;      ///< number among the trials that share the shape
  double products = 0;       ///< the most multiply-adds of a pass
  double most_products = 0;  ///< the most to which a feature may raise `products`
  double elements = 0;  ///< the most of all tensors; 0: a quarter of `products`, at least 6,000

  ConvSpec& spec() { return trial.spec; }
  const ConvSpec& spec() const { return trial.spec; }
  /// A number from 0 to rank - 1, drawn.
  std::size_t any_axis();
  template <class Function>
  void each_axis(Function&& function) {
    for (int axis = 0; axis < trial.spec.rank; ++axis) function(static_cast<std::size_t>(axis));
  }
};

/// Derives channels and input extents; where padding alone would fill more outputs than were asked
/// for, there are more outputs. The spec is valid afterwards.
void complete(Draft& draft);

/// N C K/G |filter| max(|output|, |input|): the most steps of a direct loop in any pass over
/// `spec`.
double products_of(const ConvSpec& spec);

/// Elements of all three tensors.
double elements_of(const ConvSpec& spec);

/// Halves the largest size again and again until the problem is within its budget of multiply-adds
/// and elements. Sizes one off a multiple of 8 stay one off a multiple of 8 or of 4.
void trim(Draft& draft);

/// The same, but the `kept` sizes (members of `draft`) are halved last.
void trim_beside(Draft& draft, std::span<const index_t* const> kept);

}  // namespace convict::fuzz
