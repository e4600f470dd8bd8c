#pragma once

#include <span>

#include "core/trial.hpp"
#include "fuzz/features/draw.hpp"

namespace convict::fuzz {

/// A trial in the making. The spec's channels and input extents follow from the rest (`complete`),
/// so that what features ask for stays as they ask.
struct Draft {
  Draw draw;
  Trial trial{};
  std::span<const Precision> precisions{};  ///< that are wanted
  index_t group_in_channels = 1;            ///< C/G
  index_t group_out_channels = 1;           ///< K/G
  Axes output{1, 1, 1};                     ///< output extents
  Axes unused{0, 0, 0};                     ///< last rows that no output reaches, below the stride
  std::size_t turn = 0;                     ///< of the trials that share the shape
  double products = 0;                      ///< the most multiply-adds of a pass
  double most_products = 0;                 ///< to which a feature that needs it may raise them

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

/// What a pass over `spec` costs a direct loop at most, in multiply-adds: products, and the holes
/// that scattering meets.
double products_of(const ConvSpec& spec);

/// Elements of all three tensors.
double elements_of(const ConvSpec& spec);

/// Halves the largest size again and again until the problem is within its budget of multiply-adds
/// and elements. Sizes beside a multiple of a tile stay beside one.
void trim(Draft& draft);

}  // namespace convict::fuzz
