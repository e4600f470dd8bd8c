// SPDX-License-Identifier: Apache-2.0
#pragma once

// Maps a step to the kernels that have to be started.

#include "gpu/implicit_gemm/implicit_gemm.hpp"
#include "gpu/implicit_gemm/kernel.cuh"

namespace convict::gpu::implicit_gemm {

template <class Tile, class Index, class Start>
void start_with(const Step& step, const Product<Index>& product, const Call& call,
                const Start& start) {
  using Value = typename Tile::Value;
  const Operands<Value> operands{.a = static_cast<const Value*>(call.a),
                                 .b = static_cast<const Value*>(call.b),
                                 .c = static_cast<Value*>(call.c),
                                 .partial = static_cast<Value*>(call.workspace),
                                 .alpha = call.alpha,
                                 .beta = call.beta};
  static_assert(sizeof(Staging<Tile, Index>) <= 48 << 10);  // more would need an attribute
  start(Grid{step.blocks, Tile::threads, sizeof(Staging<Tile, Index>)}, multiply_tiles<Tile, Index>,
        product, operands);
  if (step.sum_blocks > 0)
    start(Grid{step.sum_blocks, sum_threads, 0}, add_splits<Value, Index>, product, operands);
}

template <class Usual, class Low, class Start>
void start_in(const Step& step, const auto& product, const Call& call, const Start& start) {
  if (step.low)
    start_with<Low>(step, product, call, start);
  else
    start_with<Usual>(step, product, call, start);
}

/// The tiles of one precision as types (Tilings has their sizes as values).
template <class Usual_, class Low_>
struct Tiles {
  using Usual = Usual_;
  using Low = Low_;
};

/// Calls start(grid, kernel, arguments...) for each kernel of the step.
template <class F32, class F64, class Start>
void start_step(const Step& step, const Call& call, const Start& start) {
  const auto with = [&](const auto& product) {
    if (call.precision == Precision::f64)
      start_in<typename F64::Usual, typename F64::Low>(step, product, call, start);
    else
      start_in<typename F32::Usual, typename F32::Low>(step, product, call, start);
  };
  if (step.narrow)
    with(narrowed(step.product));
  else
    with(step.product);
}

}  // namespace convict::gpu::implicit_gemm
