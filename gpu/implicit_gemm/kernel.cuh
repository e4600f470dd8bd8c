// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tiled product of product.hpp. Compiled by nvcc after gpu/implicit_gemm/dynamic_shared.cuh,
// and by the host's compiler after the tests' definitions of __global__ and the like.

#include "gpu/implicit_gemm/product.hpp"

namespace convict::gpu::implicit_gemm {

/// Values that are moved together between shared memory and registers.
template <class Value, int Width>
struct alignas(sizeof(Value) * Width) Pack {
  Value values[Width];
};

/// The contribution of one step of the depth to addresses in A and B, and to positions in B.
template <class Index>
struct alignas(16) DepthStep {
  Index b;
  Index position[3];
  Index a;
};

/// The two halves of a block's shared memory: one is multiplied while the other is filled. A's rows
/// are one pack longer, so that a warp's stores (8 steps of 4 rows) fall into different banks.
template <class Tile, class Index>
struct Staging {
  using Values = Pack<typename Tile::Value, Tile::width>;
  Values a[2][Tile::block_depth][Tile::block_rows / Tile::width + 1];
  Values b[2][Tile::block_depth][Tile::block_columns / Tile::width];
  DepthStep<Index> depth[2][Tile::block_depth];
};

/// Which part of the product a block works on.
template <class Index>
struct Place {
  Index first_row, first_column, depth_begin, depth_end;
  index_t group, split;
};

template <class Tile, class Index>
__device__ index_t tile_count(const Product<Index>& product) {
  return ceil_div(product.rows, Tile::block_rows) * ceil_div(product.columns, Tile::block_columns) *
         product.groups * product.splits;
}

/// Successive blocks share columns, so that what they gather from B is still in the cache.
template <class Tile, class Index>
__device__ Place<Index> place_of(const Product<Index>& product, index_t tile) {
  const index_t down = ceil_div(product.rows, Tile::block_rows);
  const index_t across = ceil_div(product.columns, Tile::block_columns);
  const index_t row = tile % down, column = tile / down % across;
  const index_t group = tile / down / across % product.groups;
  const index_t split = tile / down / across / product.groups;
  const index_t begin = split * product.split_depth;
  const index_t rest = product.depth - begin;
  const index_t length = rest < product.split_depth ? rest : index_t{product.split_depth};
  return {static_cast<Index>(row * Tile::block_rows),
          static_cast<Index>(column * Tile::block_columns),
          static_cast<Index>(begin),
          static_cast<Index>(begin + length),
          group,
          split};
}

/// Computes steps [first, first + block_depth) of the depth, one per thread. Steps behind the end
/// get the values of step 0, so that they are defined where they are read; they are not used.
template <class Tile, class Index>
__device__ void describe_depth(const Product<Index>& product, Index first, Index end,
                               DepthStep<Index> (&steps)[Tile::block_depth]) {
  const int at = static_cast<int>(threadIdx.x);
  if (at >= Tile::block_depth) return;
  Index digits[4];
  product.depth_digits.split(first + at < end ? first + at : Index{0}, digits);
  DepthStep<Index>& step = steps[at];
  step.a = product.a_depth.at(digits);
  step.b = product.b_depth.at(digits);
  for (int axis = 0; axis < 3; ++axis)
    step.position[axis] = product.position_depth[axis].at(digits);
}

/// What one thread copies from the tensors to shared memory: always of the same column of B and of
/// the same depth step of A.
template <class Tile, class Index>
struct Carrier {
  using Value = typename Tile::Value;
  const Value* a;
  const Value* b;
  Index rows_left;
  bool column_exists;
  Index b_column;
  Index position[3];
  Value a_values[Tile::a_loads];
  Value b_values[Tile::b_loads];

  __device__ static int a_depth() { return static_cast<int>(threadIdx.x) % Tile::block_depth; }
  __device__ static int a_row(int load) {
    return static_cast<int>(threadIdx.x) / Tile::block_depth +
           load * (Tile::threads / Tile::block_depth);
  }
  __device__ static int b_column_of_block() {
    return static_cast<int>(threadIdx.x) % Tile::block_columns;
  }
  __device__ static int b_depth(int load) {
    return static_cast<int>(threadIdx.x) / Tile::block_columns +
           load * (Tile::threads / Tile::block_columns);
  }

  __device__ Carrier(const Product<Index>& product, const Operands<Value>& operands,
                     const Place<Index>& place)
      : a(operands.a + place.group * product.a_group + index_t{place.first_row} * product.a_row),
        b(operands.b + place.group * product.b_group),
        rows_left(product.rows - place.first_row),
        column_exists(place.first_column + b_column_of_block() < product.columns) {
    Index digits[4]{};
    if (column_exists)
      product.column_digits.split(place.first_column + b_column_of_block(), digits);
    b_column = product.b_column.at(digits);
    for (int axis = 0; axis < 3; ++axis) position[axis] = product.position_column[axis].at(digits);
  }

  __device__ bool meets(const Product<Index>& product, const DepthStep<Index>& step) const {
    return is_inside(position[0] + step.position[0], product.extents[0]) &
           is_inside(position[1] + step.position[1], product.extents[1]) &
           is_inside(position[2] + step.position[2], product.extents[2]);
  }

  /// `depth_left` is the number of remaining steps. The conditions are combined without branches: a
  /// warp would execute both sides of each.
  __device__ void fetch(const Product<Index>& product,
                        const DepthStep<Index> (&steps)[Tile::block_depth], Index depth_left) {
    const bool depth_exists = a_depth() < depth_left;
    const Index a_offset = depth_exists ? steps[a_depth()].a : Index{0};
#pragma unroll
    for (int load = 0; load < Tile::a_loads; ++load) {
      const bool exists = depth_exists & (a_row(load) < rows_left);
      a_values[load] = exists ? a[a_offset + a_row(load) * product.a_row] : Value{0};
    }
#pragma unroll
    for (int load = 0; load < Tile::b_loads; ++load) {
      const DepthStep<Index> step = steps[b_depth(load)];
      const bool exists = column_exists & (b_depth(load) < depth_left) & meets(product, step);
      b_values[load] = exists ? b[b_column + step.b] : Value{0};
    }
  }

  __device__ void put(Staging<Tile, Index>& staging, int half) const {
    constexpr int width = Tile::width;
#pragma unroll
    for (int load = 0; load < Tile::a_loads; ++load) {
      const int row = a_row(load);
      staging.a[half][a_depth()][row / width].values[row % width] = a_values[load];
    }
#pragma unroll
    for (int load = 0; load < Tile::b_loads; ++load) {
      const int column = b_column_of_block();
      staging.b[half][b_depth(load)][column / width].values[column % width] = b_values[load];
    }
  }
};

__device__ inline float multiply_add(float a, float b, float c) { return __fmaf_rn(a, b, c); }
__device__ inline double multiply_add(double a, double b, double c) { return __fma_rn(a, b, c); }

/// One thread's results. Its packs lie `threads_down` (`threads_across`) apart, so that the threads
/// of a warp read neighbouring packs.
template <class Tile>
struct Sums {
  using Value = typename Tile::Value;
  static constexpr int width = Tile::width;
  Value values[Tile::row_packs * width][Tile::column_packs * width] = {};

  __device__ static int row_pack(int pack) {
    return static_cast<int>(threadIdx.x) / Tile::threads_across + pack * Tile::threads_down;
  }
  __device__ static int column_pack(int pack) {
    return static_cast<int>(threadIdx.x) % Tile::threads_across + pack * Tile::threads_across;
  }
  /// The row of values[i][.] and the column of values[.][j] within the block.
  __device__ static int row(int i) { return row_pack(i / width) * width + i % width; }
  __device__ static int column(int j) { return column_pack(j / width) * width + j % width; }

  template <class A, class B>
  __device__ void add(const A& a, const B& b) {
    Pack<Value, width> from_a[Tile::row_packs], from_b[Tile::column_packs];
#pragma unroll
    for (int pack = 0; pack < Tile::row_packs; ++pack) from_a[pack] = a[row_pack(pack)];
#pragma unroll
    for (int pack = 0; pack < Tile::column_packs; ++pack) from_b[pack] = b[column_pack(pack)];
#pragma unroll
    for (int i = 0; i < Tile::row_packs * width; ++i)
#pragma unroll
      for (int j = 0; j < Tile::column_packs * width; ++j)
        values[i][j] = multiply_add(from_a[i / width].values[i % width],
                                    from_b[j / width].values[j % width], values[i][j]);
  }
};

/// alpha sum + beta *old; beta = 0 does not read the old value.
template <class Value>
__device__ Value scaled(const Operands<Value>& operands, Value sum, const Value* old) {
  const double fresh = operands.alpha * static_cast<double>(sum);
  if (operands.beta == 0) return static_cast<Value>(fresh);
  return static_cast<Value>(fresh + operands.beta * static_cast<double>(*old));
}

template <class Tile, class Index>
__device__ void sum_up(const Product<Index>& product, const Place<Index>& place,
                       Carrier<Tile, Index>& carrier, Sums<Tile>& sums) {
  auto& staging = *dynamic_shared<Staging<Tile, Index>>();
  constexpr int step = Tile::block_depth;
  const Index begin = place.depth_begin, end = place.depth_end;
  describe_depth<Tile>(product, begin, end, staging.depth[0]);
  describe_depth<Tile>(product, begin + step, end, staging.depth[1]);
  __syncthreads();
  carrier.fetch(product, staging.depth[0], end - begin);
  carrier.put(staging, 0);
  __syncthreads();
  int half = 0;
  for (Index at = begin; at < end; at += step, half ^= 1) {
    const bool more = at + step < end;
    if (more) carrier.fetch(product, staging.depth[half ^ 1], end - (at + step));
#pragma unroll
    for (int k = 0; k < step; ++k) sums.add(staging.a[half][k], staging.b[half][k]);
    if (more) carrier.put(staging, half ^ 1);
    describe_depth<Tile>(product, at + 2 * step, end, staging.depth[half]);
    __syncthreads();
  }
}

template <class Tile, class Index>
__device__ void store(const Product<Index>& product, const Place<Index>& place,
                      const Operands<typename Tile::Value>& operands, const Sums<Tile>& sums) {
  using Value = typename Tile::Value;
  Value* c = operands.c + place.group * product.c_group;
  Value* partial = operands.partial +
                   (place.split * product.groups + place.group) * product.rows * product.columns;
#pragma unroll
  for (int j = 0; j < Tile::column_packs * Tile::width; ++j) {
    const Index column = place.first_column + Sums<Tile>::column(j);
    if (column >= product.columns) continue;
    Index digits[4];
    product.column_digits.split(column, digits);
    Value* const of_column = c + product.c_column.at(digits);
#pragma unroll
    for (int i = 0; i < Tile::row_packs * Tile::width; ++i) {
      const Index row = place.first_row + Sums<Tile>::row(i);
      if (row >= product.rows) continue;
      Value* const result = of_column + index_t{row} * product.c_row;
      if (product.splits == 1)
        *result = scaled(operands, sums.values[i][j], result);
      else
        partial[index_t{row} * product.columns + column] = sums.values[i][j];
    }
  }
}

/// Several blocks on a multiprocessor hide each other's barriers and loads. The registers are
/// enough for three, but not with 64-bit offsets.
template <class Index>
inline constexpr int blocks_per_multiprocessor = sizeof(Index) == 4 ? 3 : 1;

/// One block per tile, or several tiles per block, one after the other, where the grid is smaller.
template <class Tile, class Index>
__global__ void __launch_bounds__(Tile::threads, blocks_per_multiprocessor<Index>)
    multiply_tiles(const __grid_constant__ Product<Index> product,
                   const __grid_constant__ Operands<typename Tile::Value> operands) {
  const index_t tiles = tile_count<Tile>(product);
  for (index_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const Place<Index> place = place_of<Tile>(product, tile);
    Carrier<Tile, Index> carrier(product, operands, place);
    Sums<Tile> sums;
    sum_up(product, place, carrier, sums);
    store(product, place, operands, sums);
  }
}

/// Adds the splits of each result in their order.
template <class Value, class Index>
__global__ void add_splits(const __grid_constant__ Product<Index> product,
                           const __grid_constant__ Operands<Value> operands) {
  const index_t per_group = index_t{product.rows} * product.columns;
  const index_t results = per_group * product.groups;
  const index_t step = index_t{gridDim.x} * blockDim.x;
  for (index_t at = index_t{blockIdx.x} * blockDim.x + threadIdx.x; at < results; at += step) {
    Value sum{0};
    for (index_t split = 0; split < product.splits; ++split)
      sum += operands.partial[split * results + at];
    Index digits[4];
    product.column_digits.split(static_cast<Index>(at % product.columns), digits);
    Value* const result = operands.c + at / per_group * product.c_group +
                          at % per_group / product.columns * product.c_row +
                          product.c_column.at(digits);
    *result = scaled(operands, sum, result);
  }
}

}  // namespace convict::gpu::implicit_gemm
