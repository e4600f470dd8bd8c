// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "optimized/im2col.hpp"

namespace convict::optimized {

/// A part of the input gradient that one thread computes alone: some images, channels of one group
/// (counted within the group) and a slab of positions.
struct InputTile {
  Range images;
  index_t group;
  Range channels;
  Box box;
};

/// The whole input cut into tiles; slabs are cut along `axis`.
struct InputTiles {
  Axes input{};
  index_t groups = 1;
  Pieces images, channels, slabs;
  std::size_t axis = 0;

  index_t count() const { return images.count() * groups * channels.count() * slabs.count(); }
  InputTile operator[](index_t i) const;
};

/// Tiles of at most `channels` channels and the given images. Tiles are cut into slabs only where
/// that gives too few of them, because neighbouring slabs both compute the columns at their seam.
InputTiles cut_input(const Geometry& g, const Pieces& images, index_t channels);

/// The output positions (contiguous in raster order) that reach the tile's slab from some tap, and
/// possibly a few more.
Range reaching_positions(const Geometry& g, const Box& box);

/// x = beta * x on the tile; beta = 0 writes zeros without reading.
template <class T>
void scale_tile(const Geometry& g, const InputTile& tile, T beta, Images<T> x);

}  // namespace convict::optimized
