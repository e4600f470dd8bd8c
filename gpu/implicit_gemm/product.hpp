// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/index.hpp"
#include "gpu/runtime/divider.hpp"

namespace convict::gpu::implicit_gemm {

/// An index as four digits, the last one the fastest: ((d0 E1 + d1) E2 + d2) E3 + d3.
template <class Index>
struct Digits {
  Index extents[4]{};
  Divider<Index> dividers[3]{};  ///< by extents[1], [2], [3]

  constexpr void split(Index at, Index (&digits)[4]) const {
    for (int i = 3; i > 0; --i) {
      const Index above = dividers[i - 1].quotient(at);
      digits[i] = at - above * extents[i];
      at = above;
    }
    digits[0] = at;
  }
};

/// start + sum_i steps[i] digits[i]
template <class Index>
struct Affine {
  Index start{};
  Index steps[4]{};

  constexpr Index at(const Index (&digits)[4]) const {
    Index sum = start;
    for (int i = 0; i < 4; ++i) sum += steps[i] * digits[i];
    return sum;
  }
};

/// A pass as matrix products C(g) = A(g) B(g), one per group, in which every address is an affine
/// function of the digits of its indices, and B is zero where a position leaves its tensor:
///   A(m, k) = a[g a_group + m a_row + a_depth(k)]
///   B(k, n) = b[g b_group + b_depth(k) + b_column(n)]
///             if 0 <= position_depth[x](k) + position_column[x](n) < extents[x] on every axis x
///   C(m, n) = c[g c_group + m c_row + c_column(n)]
/// The depth is cut into `splits` chunks of `split_depth`, whose sums are added in their order.
template <class Index>
struct Product {
  Index groups{}, rows{}, columns{}, depth{};
  Digits<Index> column_digits{}, depth_digits{};
  Index a_row{}, c_row{};
  Affine<Index> a_depth{}, b_depth{}, b_column{}, c_column{};
  Affine<Index> position_depth[3]{}, position_column[3]{};
  Index extents[3]{};
  index_t a_group{}, b_group{}, c_group{};
  Index splits = 1, split_depth{};
};

/// True for a position of 0 <= position < extent.
template <class Index>
constexpr bool is_inside(Index position, Index extent) {
  using Unsigned = std::make_unsigned_t<Index>;
  return static_cast<Unsigned>(position) < static_cast<Unsigned>(extent);
}

/// The memory of one product.
template <class Value>
struct Operands {
  const Value* a;
  const Value* b;
  Value* c;
  Value* partial;  ///< (split, group, row, column), when there are several splits
  double alpha;
  double beta;
};

/// How a product is cut: a block of threads computes block_rows x block_columns results, each
/// thread thread_rows x thread_columns of them, block_depth steps of the depth at a time. Shared
/// memory is read `Width` values at once.
template <class Value_, int BlockRows, int BlockColumns, int BlockDepth, int ThreadRows,
          int ThreadColumns, int Width>
struct Tile {
  using Value = Value_;
  static constexpr int block_rows = BlockRows, block_columns = BlockColumns;
  static constexpr int block_depth = BlockDepth;
  static constexpr int width = Width;
  static constexpr int threads_across = BlockColumns / ThreadColumns;
  static constexpr int threads_down = BlockRows / ThreadRows;
  static constexpr int threads = threads_across * threads_down;
  static constexpr int row_packs = ThreadRows / Width, column_packs = ThreadColumns / Width;
  static constexpr int a_loads = BlockRows * BlockDepth / threads;
  static constexpr int b_loads = BlockColumns * BlockDepth / threads;

  static_assert(BlockRows % ThreadRows == 0 && BlockColumns % ThreadColumns == 0);
  static_assert(ThreadRows % Width == 0 && ThreadColumns % Width == 0);
  // Each thread brings whole values, always of the same column of B and the same depth of A.
  static_assert(threads % BlockDepth == 0 && threads % BlockColumns == 0);
  static_assert(a_loads * threads == BlockRows * BlockDepth);
  static_assert(b_loads * threads == BlockColumns * BlockDepth);
};

// With 64 sums of f32 (16 of f64) per thread the registers of a multiprocessor of sm_90 are enough
// for three blocks. Tiles are higher than wide because gathering B costs more than loading A.
using F32Tile = Tile<float, 128, 64, 8, 8, 8, 4>;
using F64Tile = Tile<double, 64, 64, 8, 4, 4, 2>;
// For products of few rows.
using F32LowTile = Tile<float, 64, 128, 8, 8, 8, 4>;
using F64LowTile = Tile<double, 32, 128, 8, 4, 4, 2>;

}  // namespace convict::gpu::implicit_gemm
