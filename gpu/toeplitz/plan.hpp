// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/kernel.hpp"
#include "gpu/toeplitz/column_map.hpp"
#include "gpu/toeplitz/pieces.hpp"

namespace convict::gpu {

/// Bytes of the part of the column matrix that is made and used at a time: half of an H200's L2 of
/// 60 MB, so that the product reads from L2 what im2col wrote, beside its other operands. With
/// less, a product would have too few tiles for 132 multiprocessors: four images of 64 channels of
/// 56 x 56 under 3 x 3 taps make 98 tiles of 64 x 128 in f32.
inline constexpr index_t usual_chunk_bytes = index_t{28} << 20;

/// Elements from one line of a matrix in the workspace to the next. Lines are multiples of 16 bytes
/// in the narrowest type, so that vector loads for tensor cores can read them; padding adds less
/// than a fourth.
constexpr index_t padded(index_t line) { return line < 32 ? line : ceil_div(line, 8) * 8; }

/// How the matrices of one problem are laid out and cut. With D = C/G taps and F = K/G, the columns
/// of a chunk of images n, groups g and positions p hold, row-major,
///   by_image       (n, g, D, p)   a product per image and group, filters by positions
///   side_by_side   (g, D, n, p)   a product per group: the sum runs over images and positions
///   by_position    (p, n, g, D)   a product per position and group, whose rows are the images:
///                                 for filters per position, or a single position
enum class Form { by_image, side_by_side, by_position };

/// How one problem is computed, and in which memory.
struct ToeplitzPlan {
  Problem problem{};
  Geometry geometry{};
  Precision storage = Precision::f32, accumulator = Precision::f32;
  bool empty = false;        ///< the result has no elements
  bool no_products = false;  ///< its elements are empty sums
  Form form = Form::by_image;
  bool pointwise = false;  ///< one tap, no padding, every position: im2col only moves elements
  bool direct = false;     ///< the columns are the input itself
  bool staged = false;     ///< the output, or its gradient, goes through the workspace
  Pieces images{}, groups{}, positions{};
  /// Elements, in this order in the workspace: the columns (in accumulators for grad_input), the
  /// staged output (in accumulators for forward), and sums that are rounded at the end.
  index_t column_elements = 0, staged_elements = 0, sum_elements = 0;

  index_t depth() const { return geometry.group_in_channels * volume(geometry.filter); }
  index_t output_plane() const { return volume(geometry.output); }
  index_t input_plane() const { return volume(geometry.input); }
  /// The number of filter banks of an output channel.
  index_t banks() const { return geometry.unshared ? output_plane() : 1; }
  Precision column_type() const {
    return problem.pass == Pass::grad_input && !direct ? accumulator : storage;
  }
  Precision staged_type() const { return problem.pass == Pass::forward ? accumulator : storage; }
  /// False: the result is empty, or beta times the old result.
  bool needs_products() const { return !empty && !no_products; }
  bool narrow() const { return storage != accumulator; }
};

/// The problem must be valid, dense and NCHW. Chunks hold at least one column for one image.
ToeplitzPlan plan_toeplitz(const Problem& problem, index_t chunk_bytes = usual_chunk_bytes);

/// The bytes that `enqueue_toeplitz` uses, exactly. Parts start at multiples of `part_alignment`.
std::size_t toeplitz_workspace(const ToeplitzPlan& plan);

/// In bytes: whole sectors of four cache lines; enough for vector loads and cuBLAS.
inline constexpr std::size_t part_alignment = 256;

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + part_alignment - 1) / part_alignment * part_alignment;
}

}  // namespace convict::gpu
