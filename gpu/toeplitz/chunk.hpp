// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/toeplitz/toeplitz.hpp"

namespace convict::gpu {

/// The images, groups and positions whose columns are in the workspace together.
struct Chunk {
  Range images, groups, positions;
  index_t columns() const { return images.size() * positions.size(); }
};

/// One call: its plan, and where tensors and the parts of the workspace lie.
struct ToeplitzCall {
  const ToeplitzPlan& plan;
  Elements input, filters, output;  ///< (N, C, i...), (K, [o...,] C/G, f...), (N, K, o...)
  Elements columns, staged, sums;   ///< parts of the workspace

  // The first element of a chunk in each tensor.
  Elements input_of(const Chunk& chunk) const;
  Elements output_of(const Chunk& chunk) const;
  Elements filters_of(const Chunk& chunk) const;
};

ToeplitzCall call_of(const ToeplitzPlan& plan, const ToeplitzMemory& memory);

/// The three matrices of a product of the chunk, one for every group and, `by_other` elements
/// apart, for every image (by_image) or position (by_position).
struct ProductMatrices {
  struct Family {
    Elements elements{};
    index_t stride = 0, by_group = 0, by_other = 0;
  };
  Family filters, columns, output;
  index_t channels = 0;  ///< F: rows of a group's filters
  index_t depth = 0;     ///< D
  index_t others = 1;    ///< images or positions
};

ProductMatrices matrices_of(const ToeplitzCall& call, const Chunk& chunk);

/// Enqueues the products of the chunk: result = scale.alpha * product + scale.beta * result, where
/// the pass says which of the three is the result.
void multiply(Queue& queue, const ToeplitzPlan& plan, const ProductMatrices& matrices,
              const Chunk& chunk, Scale scale);

/// The columns of the chunk in the workspace, as im2col fills them. Where im2col only moves
/// elements, an image is treated as a single line, so that threads need no division to find a
/// position.
Columns columns_of(const ToeplitzPlan& plan, const Chunk& chunk);

/// The chunk's part of the output as the columns of a pointwise convolution, in the workspace.
Columns staged_of(const ToeplitzPlan& plan, const Chunk& chunk);

/// `images` rows of `count` elements: row i is at i * x_stride, its columns at i * column_stride.
Columns rows_of(index_t images, index_t count, index_t x_stride, index_t column_stride);

/// The part of the input that the chunk's positions can reach.
Box reached_box(const Geometry& g, const Range& positions);

}  // namespace convict::gpu
