// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "optimized/call.hpp"
#include "optimized/input_tiles.hpp"
#include "optimized/parallel.hpp"

// With one filter bank per output position a filter is reused only between images, so most of the
// time is spent reading filters: each is read once, contiguously, for the patches of several
// images.

namespace convict::optimized {
namespace {

/// Images at a time: enough to reuse a filter, while their patches stay in the first caches.
constexpr index_t images_at_once = 8;

/// Positions of a task. The filters of one output channel at neighbouring positions are contiguous
/// in memory.
constexpr index_t positions_at_once = 16;

template <class T>
T dot(const T* a, const T* b, index_t count) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (index_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

template <class T>
void add_multiple(T factor, const T* a, index_t count, T* to) {
#pragma omp simd
  for (index_t i = 0; i < count; ++i) to[i] += factor * a[i];
}

/// The filters of output channel `k` at position `p`: (C/G, f...).
template <class T>
T* filters_of(const Call<T>& call, index_t k, index_t p) {
  return call.filters + (k * call.positions() + p) * call.depth();
}

/// Groups times pieces of the output positions; every task has its own part of the result.
struct Plan {
  index_t groups;
  Pieces positions;
  index_t tasks() const { return groups * positions.count(); }
};

template <class T>
Plan plan_of(const Call<T>& call) {
  return {call.geometry.groups, cut(call.positions(), positions_at_once)};
}

template <class T>
Pieces image_pieces(const Call<T>& call) {
  return {call.geometry.batch, images_at_once};
}

/// Patches of `images` at one output position: (images, C/G * taps).
template <class T>
void read_patches(const Call<T>& call, index_t group, Range images, index_t position, T* patches) {
  const Range rows{0, call.depth()};
  for (index_t n = images.begin; n < images.end; ++n, patches += call.depth())
    im2col({call.geometry,
            group * call.geometry.group_in_channels,
            rows,
            {{n, n + 1}, {position, position + 1}}},
           call.reading_input(), patches);
}

template <class T>
void forward_position(const Call<T>& call, index_t group, index_t p, T* patches) {
  const Geometry& g = call.geometry;
  const Pieces pieces = image_pieces(call);
  for (index_t i = 0; i < pieces.count(); ++i) {
    read_patches(call, group, pieces[i], p, patches);
    for (index_t f = 0; f < g.group_out_channels; ++f) {
      const index_t k = group * g.group_out_channels + f;
      for (index_t n = pieces[i].begin; n < pieces[i].end; ++n) {
        T& y = call.output(n, k)[p];
        const T* patch = patches + (n - pieces[i].begin) * call.depth();
        const T sum = dot(filters_of(call, k, p), patch, call.depth());
        y = call.scaling.alpha * sum + (call.scaling.beta == 0 ? T{0} : call.scaling.beta * y);
      }
    }
  }
}

template <class T>
void grad_weights_position(const Call<T>& call, index_t group, index_t p, T* patches) {
  const Geometry& g = call.geometry;
  const Pieces pieces = image_pieces(call);
  for (index_t i = 0; i < pieces.count(); ++i) {
    read_patches(call, group, pieces[i], p, patches);
    for (index_t f = 0; f < g.group_out_channels; ++f) {
      const index_t k = group * g.group_out_channels + f;
      T* filters = filters_of(call, k, p);
      if (i == 0)
        for (index_t r = 0; r < call.depth(); ++r)
          filters[r] = call.scaling.beta == 0 ? T{0} : call.scaling.beta * filters[r];
      for (index_t n = pieces[i].begin; n < pieces[i].end; ++n)
        add_multiple(call.scaling.alpha * call.output(n, k)[p],
                     patches + (n - pieces[i].begin) * call.depth(), call.depth(), filters);
    }
  }
}

template <class T, class Position>
void for_each_position(const Call<T>& call, Position compute) {
  const Plan plan = plan_of(call);
  const index_t patches = image_pieces(call).largest() * call.depth();
  parallel_for(call.threads, plan.tasks(), [&](index_t task, index_t worker) {
    const Range positions = plan.positions[task % plan.positions.count()];
    for (index_t p = positions.begin; p < positions.end; ++p)
      compute(call, task / plan.positions.count(), p, call.workspace + worker * patches);
  });
}

template <class T>
InputTiles tiles_of(const Call<T>& call) {
  const index_t channels = std::max<index_t>(1, block_depth / call.taps());
  return cut_input(call.geometry, image_pieces(call), channels);
}

/// What output position `p` adds to the tile: columns = alpha * sum over k of filters[k, p]
/// output[n, k, p], image by image, and then the adjoint of reading a patch.
template <class T>
void add_position(const Call<T>& call, const InputTile& tile, index_t p, T* columns) {
  const Geometry& g = call.geometry;
  const Range rows{tile.channels.begin * call.taps(), tile.channels.end * call.taps()};
  std::fill_n(columns, tile.images.size() * rows.size(), T{0});
  for (index_t f = 0; f < g.group_out_channels; ++f) {
    const index_t k = tile.group * g.group_out_channels + f;
    for (index_t n = tile.images.begin; n < tile.images.end; ++n)
      add_multiple(call.scaling.alpha * call.output(n, k)[p], filters_of(call, k, p) + rows.begin,
                   rows.size(), columns + (n - tile.images.begin) * rows.size());
  }
  for (index_t n = tile.images.begin; n < tile.images.end; ++n, columns += rows.size())
    col2im({g, tile.group * g.group_in_channels, rows, {{n, n + 1}, {p, p + 1}}}, columns, tile.box,
           call.input);
}

}  // namespace

template <class T>
index_t unshared_workspace(const Call<T>& call, Pass pass) {
  const index_t images = image_pieces(call).largest();
  if (pass != Pass::grad_input)
    return workers(call.threads, plan_of(call).tasks()) * images * call.depth();
  const InputTiles tiles = tiles_of(call);
  return workers(call.threads, tiles.count()) * images * tiles.channels.largest() * call.taps();
}

template <class T>
void unshared_forward(const Call<T>& call) {
  for_each_position(call, forward_position<T>);
}

template <class T>
void unshared_grad_weights(const Call<T>& call) {
  for_each_position(call, grad_weights_position<T>);
}

template <class T>
void unshared_grad_input(const Call<T>& call) {
  const InputTiles tiles = tiles_of(call);
  const index_t columns = tiles.images.largest() * tiles.channels.largest() * call.taps();
  parallel_for(call.threads, tiles.count(), [&](index_t task, index_t worker) {
    const InputTile tile = tiles[task];
    scale_tile(call.geometry, tile, call.scaling.beta, call.input);
    const Range positions = reaching_positions(call.geometry, tile.box);
    for (index_t p = positions.begin; p < positions.end; ++p)
      add_position(call, tile, p, call.workspace + worker * columns);
  });
}

template index_t unshared_workspace(const Call<float>&, Pass);
template index_t unshared_workspace(const Call<double>&, Pass);
template void unshared_forward(const Call<float>&);
template void unshared_forward(const Call<double>&);
template void unshared_grad_input(const Call<float>&);
template void unshared_grad_input(const Call<double>&);
template void unshared_grad_weights(const Call<float>&);
template void unshared_grad_weights(const Call<double>&);

}  // namespace convict::optimized
