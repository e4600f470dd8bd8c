// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/geometry.hpp"

namespace convict::optimized {

/// [begin, end)
struct Range {
  index_t begin = 0, end = 0;
  constexpr index_t size() const { return end - begin; }
};

/// [0, total) cut into pieces of `size` (the last may be shorter).
struct Pieces {
  index_t total = 0, size = 1;
  constexpr index_t count() const { return ceil_div(total, size); }
  constexpr index_t largest() const { return size < total ? size : total; }
  constexpr Range operator[](index_t i) const {
    return {i * size, i * size + size < total ? i * size + size : total};
  }
};

/// Pieces of nearly equal size, at most `largest` each, and a multiple of `multiple` except for the
/// last.
Pieces cut(index_t total, index_t largest, index_t multiple = 1);

/// A block of columns of the im2col matrix: the same output positions of a few images, side by
/// side. More than one image only where a block covers all positions.
struct ColumnBlock {
  Range images, positions;
  constexpr index_t width() const { return images.size() * positions.size(); }
};

/// All columns of a batch cut into blocks.
struct ColumnBlocks {
  Pieces images, positions;
  constexpr index_t count() const { return images.count() * positions.count(); }
  constexpr index_t largest_width() const { return images.largest() * positions.largest(); }
  constexpr ColumnBlock operator[](index_t i) const {
    return {images[i / positions.count()], positions[i % positions.count()]};
  }
};

/// Pieces of at most about `largest` positions: one, or a multiple of wanted_tasks, so that all
/// threads get the same number.
Pieces cut_positions(index_t positions, index_t largest);

/// Blocks of at most about `largest` columns; small images are put side by side.
ColumnBlocks cut_columns(index_t batch, index_t positions, index_t largest);

// Sizes of blocks. They depend on the shape alone, so that results do not depend on the number of
// threads.

/// Rows of an im2col block. About the depth OpenBLAS itself works at on one packed panel (GEMM_Q is
/// 192 to 448 for its x86-64 kernels), so that cutting the sum here costs next to nothing.
inline constexpr index_t block_depth = 384;

/// Columns of an im2col block: with block_depth rows, a block of 0.75 MiB stays in L2.
template <class T>
constexpr index_t block_width = 2048 / static_cast<index_t>(sizeof(T));

/// Elements of an im2col block that threads fill and use together: 4 MiB, a share of L3.
template <class T>
constexpr index_t shared_elements = (index_t{4} << 20) / static_cast<index_t>(sizeof(T));

/// Rows of the im2col matrix that a thread fills at a time when several share a block.
inline constexpr index_t rows_at_once = 96;

/// The most output channels of a product whose result is staged in the workspace.
inline constexpr index_t stage_rows = 512;

/// The number of tasks to cut a call into where its shape alone gives fewer.
inline constexpr index_t wanted_tasks = 4;

/// The product of the extents of three axes.
constexpr index_t volume(const Axes& extents) { return extents[0] * extents[1] * extents[2]; }

/// Images of one tensor, dense: element (n, c, p) is data[(n channels + c) plane + p].
template <class T>
struct Images {
  T* data = nullptr;
  index_t channels = 0, plane = 0;
  T* operator()(index_t image, index_t channel) const {
    return data + (image * channels + channel) * plane;
  }
};

/// True when the im2col matrix of an image is the image itself: one tap, no padding, every
/// position.
bool is_pointwise(const Geometry& g);

}  // namespace convict::optimized
