// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/kernel.hpp"
#include "gpu/implicit_gemm/product.hpp"

namespace convict::gpu::implicit_gemm {

/// How products are cut into blocks and launched.
struct Tuning {
  index_t block_rows, block_columns, block_depth;
  /// With fewer blocks a part of the device would be idle; the depth is split then.
  index_t wanted_blocks = 264;      // two for each of the 132 multiprocessors of an H100 or H200
  index_t least_split_depth = 512;  // with less, adding the splits costs more than it saves
  index_t most_blocks = (index_t{1} << 31) - 1;  // of one launch
};

/// The sizes of the usual tile, and of the one for products of few rows.
struct Tilings {
  Tuning usual, low;
};

template <class Tile>
constexpr Tuning tuning_of() {
  return {Tile::block_rows, Tile::block_columns, Tile::block_depth};
}
template <class Usual, class Low>
constexpr Tilings tilings_of() {
  return {tuning_of<Usual>(), tuning_of<Low>()};
}

/// One product, its tile, the size of its launches, and whether 32-bit indices are enough for it.
struct Step {
  Product<index_t> product{};
  bool low = false;  ///< uses the tile for few rows
  bool narrow = false;
  unsigned blocks = 1;
  unsigned sum_blocks = 0;  ///< of the second launch, which adds the splits; 0: there is none
};

/// The size of a launch.
struct Grid {
  unsigned blocks, threads;
  std::size_t shared_bytes;
};

/// The threads of a block of the second launch.
inline constexpr unsigned sum_threads = 256;

/// The steps to launch, one after the other, and the bytes of workspace they share.
struct Plan {
  std::vector<Step> steps{};
  std::size_t workspace_bytes = 0;
};

/// The number of residues of input positions modulo the strides. grad_input has a product for each.
index_t residue_classes(const ConvSpec& spec);

/// The pass of a shared convolution as products, none where the result is empty:
///   forward       rows K/G, columns (N, o), depth (C/G, f):    A = filters, B = input,  C = output
///   grad_input    rows C/G, columns (N, i'), depth (K/G, f'):  A = filters, B = output, C = input
///   grad_weights  rows K/G, columns (C/G, f), depth (N, o):    A = output, B = input, C = filters
/// grad_input has one for each residue r = i mod s, where i = r + s i' and f' runs over the taps
/// that reach r from an output position, so that nothing is multiplied by the zeros between strided
/// outputs.
std::vector<Product<index_t>> products_of(const Problem& problem);

/// True when every index, offset and position of the product stays below 2^30, so that 32-bit
/// arithmetic on them, rounding up to whole tiles included, cannot overflow.
bool is_narrow(const Product<index_t>& product);

/// The same product in 32-bit indices. It must be narrow.
Product<std::int32_t> narrowed(const Product<index_t>& product);

/// Each product gets the tile whose blocks cover fewer results outside the product, the usual one
/// when both cover the same number.
Plan plan_of(const Problem& problem, const Tilings& tilings);

}  // namespace convict::gpu::implicit_gemm
