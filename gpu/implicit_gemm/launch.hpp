#pragma once

// After gpu/implicit_gemm/kernel.cuh: which kernels a step is, for whoever starts them.

#include "gpu/implicit_gemm/implicit_gemm.hpp"

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
  start(Grid{step.blocks, Tile::threads, sizeof(Staging<Tile, Index>)}, multiply_tiles<Tile, Index>,
        product, operands);
  if (step.sum_blocks > 0)
    start(Grid{step.sum_blocks, sum_threads, 0}, add_splits<Value, Index>, product, operands);
}

/// Calls start(grid, kernel, arguments...) for each kernel of the step.
template <class Tile32, class Tile64, class Start>
void start_step(const Step& step, const Call& call, const Start& start) {
  const auto with = [&](const auto& product) {
    using Index = decltype(product.rows);
    if (call.precision == Precision::f64)
      start_with<Tile64, Index>(step, product, call, start);
    else
      start_with<Tile32, Index>(step, product, call, start);
  };
  if (step.narrow)
    with(narrowed(step.product));
  else
    with(step.product);
}

}  // namespace convict::gpu::implicit_gemm
