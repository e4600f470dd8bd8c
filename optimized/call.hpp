// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernel.hpp"
#include "optimized/blocks.hpp"
#include "optimized/im2col.hpp"

namespace convict::optimized {

/// One call, with the element type as template parameter. The pass says which tensor is written.
template <class T>
struct Call {
  Geometry geometry{};
  Scaling<T> scaling{};
  int threads = 1;
  Images<T> input;       // (N, C, i...)
  T* filters = nullptr;  // (K, [o...,] C/G, f...)
  Images<T> output;      // (N, K, o...)
  T* workspace = nullptr;
  /// Each group's filters are stored (C/G, K/G) instead of (K/G, C/G); pointwise forward only.
  bool filters_transposed = false;

  index_t taps() const { return volume(geometry.filter); }
  /// Rows of the im2col matrix of a group: C/G * taps.
  index_t depth() const { return geometry.group_in_channels * taps(); }
  index_t positions() const { return volume(geometry.output); }
  Images<const T> reading_input() const { return {input.data, input.channels, input.plane}; }
  Images<const T> reading_output() const { return {output.data, output.channels, output.plane}; }
};

template <class T>
Call<T> call_of(const Problem& problem, const Buffers& buffers) {
  const Geometry g = geometry_of(problem.spec);
  return {.geometry = g,
          .scaling = {static_cast<T>(problem.alpha), static_cast<T>(problem.beta)},
          .threads = problem.threads,
          .input = {static_cast<T*>(buffers.input), g.in_channels, volume(g.input)},
          .filters = static_cast<T*>(buffers.filters),
          .output = {static_cast<T*>(buffers.output), g.out_channels, volume(g.output)},
          .workspace = static_cast<T*>(buffers.workspace)};
}

// The three passes with shared filters (blocks of the im2col matrix and GEMM) and with unshared
// ones (direct loops), and the elements of workspace each needs. The results do not depend on
// call.threads: blocks are cut by shape, and every element is summed by one thread in one order.
// The result must have elements, and these must be sums of at least one product.

template <class T>
index_t forward_workspace(const Call<T>& call);
template <class T>
index_t grad_input_workspace(const Call<T>& call);
template <class T>
index_t grad_weights_workspace(const Call<T>& call);
template <class T>
void forward(const Call<T>& call);
template <class T>
void grad_input(const Call<T>& call);
template <class T>
void grad_weights(const Call<T>& call);

template <class T>
index_t unshared_workspace(const Call<T>& call, Pass pass);
template <class T>
void unshared_forward(const Call<T>& call);
template <class T>
void unshared_grad_input(const Call<T>& call);
template <class T>
void unshared_grad_weights(const Call<T>& call);

}  // namespace convict::optimized
