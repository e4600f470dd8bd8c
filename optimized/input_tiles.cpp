// SPDX-License-Identifier: Apache-2.0
#include "optimized/input_tiles.hpp"

#include <algorithm>

namespace convict::optimized {
namespace {

/// The outermost axis that is not an axis of extent 1 added by lifting: the output positions of a
/// slab along it are contiguous.
std::size_t slab_axis(const Geometry& g) {
  std::size_t axis = 0;
  while (axis + 1 < max_rank && g.input[axis] == 1 && g.output[axis] == 1) ++axis;
  return axis;
}

}  // namespace

InputTile InputTiles::operator[](index_t i) const {
  const Range slab = slabs[i % slabs.count()];
  i /= slabs.count();
  const Range some_channels = channels[i % channels.count()];
  i /= channels.count();
  InputTile tile{images[i / groups], i % groups, some_channels, {{0, 0, 0}, input}};
  tile.box.begin[axis] = slab.begin;
  tile.box.end[axis] = slab.end;
  return tile;
}

InputTiles cut_input(const Geometry& g, const Pieces& images, index_t channels) {
  const std::size_t axis = slab_axis(g);
  const index_t outer = std::max<index_t>(1, images.count() * g.groups);
  const index_t wanted = ceil_div(wanted_tasks, outer);
  const index_t each = std::min(channels, ceil_div(g.group_in_channels, wanted));
  InputTiles tiles{g.input, g.groups, images, cut(g.group_in_channels, each), {}, axis};
  const index_t tasks = std::max<index_t>(1, outer * tiles.channels.count());
  tiles.slabs = cut(g.input[axis], ceil_div(g.input[axis], ceil_div(wanted_tasks, tasks)));
  return tiles;
}

Range reaching_positions(const Geometry& g, const Box& box) {
  const std::size_t axis = slab_axis(g);
  const index_t lowest = -g.pad_before[axis];
  const index_t highest = lowest + (g.filter[axis] - 1) * g.dilation[axis];
  const index_t first = ceil_div(box.begin[axis] - highest, g.stride[axis]);
  const index_t end = ceil_div(box.end[axis] - lowest, g.stride[axis]);
  index_t inner = 1;
  for (std::size_t a = axis + 1; a < max_rank; ++a) inner *= g.output[a];
  const index_t begin = std::clamp<index_t>(first, 0, g.output[axis]);
  return {begin * inner, std::clamp(end, begin, g.output[axis]) * inner};
}

template <class T>
void scale_tile(const Geometry& g, const InputTile& tile, T beta, Images<T> x) {
  if (beta == 1) return;
  const Box& box = tile.box;
  for (index_t n = tile.images.begin; n < tile.images.end; ++n)
    for (index_t c = tile.channels.begin; c < tile.channels.end; ++c)
      for (index_t i0 = box.begin[0]; i0 < box.end[0]; ++i0)
        for (index_t i1 = box.begin[1]; i1 < box.end[1]; ++i1) {
          T* line =
              x(n, tile.group * g.group_in_channels + c) + (i0 * g.input[1] + i1) * g.input[2];
          for (index_t i2 = box.begin[2]; i2 < box.end[2]; ++i2)
            line[i2] = beta == 0 ? T{0} : beta * line[i2];
        }
}

template void scale_tile(const Geometry&, const InputTile&, float, Images<float>);
template void scale_tile(const Geometry&, const InputTile&, double, Images<double>);

}  // namespace convict::optimized
