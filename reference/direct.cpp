// SPDX-License-Identifier: Apache-2.0
#include "core/half.hpp"
#include "reference/kernels.hpp"
#include "reference/products.hpp"

namespace convict::reference {
namespace {

/// Sums the products in the order in which the definition visits them.
template <class Accumulator>
struct Sum {
  Accumulator total = 0;
  template <class A, class B>
  void product(const A& a, const B& b) {
    total += static_cast<Accumulator>(a) * static_cast<Accumulator>(b);
  }
  template <class A>
  void padding(const A&) {}
};

/// result = alpha * sum + beta * result at every index of `result`; beta = 0 does not read it.
template <class Accumulator, class T, std::size_t Rank, class SumAt>
void store_each(const Problem& problem, const View<T, Rank>& result, SumAt sum_at) {
  const auto alpha = static_cast<Accumulator>(problem.alpha);
  const auto beta = static_cast<Accumulator>(problem.beta);
  for_each_index(result.shape, [&](const std::array<index_t, Rank>& index) {
    Sum<Accumulator> sum;
    sum_at(index, sum);
    T& element = result.data[result.shape.offset(index)];
    const Accumulator scaled = alpha * sum.total;
    element =
        static_cast<T>(beta == 0 ? scaled : scaled + beta * static_cast<Accumulator>(element));
  });
}

template <class T, class Accumulator>
void direct(const Problem& problem, const Buffers& buffers) {
  const Geometry g = geometry_of(problem.spec);
  const View<T, 5> x{static_cast<T*>(buffers.input), problem.shapes.input};
  const View<T, 5> y{static_cast<T*>(buffers.output), problem.shapes.output};
  const View<T, 8> bank{static_cast<T*>(buffers.filters), problem.shapes.filters};
  const View<T, 8> w{bank.data, broadcast_over_positions(bank.shape, g.output)};
  switch (problem.pass) {
    case Pass::forward:
      return store_each<Accumulator>(
          problem, y, [&](const auto& index, auto& sum) { forward_products(g, x, w, index, sum); });
    case Pass::grad_input:
      return store_each<Accumulator>(problem, x, [&](const auto& index, auto& sum) {
        grad_input_products(g, w, y, index, sum);
      });
    case Pass::grad_weights:
      return store_each<Accumulator>(problem, bank, [&](const auto& index, auto& sum) {
        grad_weights_products(g, x, y, index, sum);
      });
  }
}

void run(const Problem& problem, const Buffers& buffers) {
  switch (storage_of(problem.precision)) {
    case Precision::f64: return direct<double, double>(problem, buffers);
    case Precision::f32: return direct<float, float>(problem, buffers);
    case Precision::bf16: return direct<bf16, float>(problem, buffers);
    default: return direct<f16, float>(problem, buffers);
  }
}

}  // namespace

std::span<const Kernel> kernels() {
  static const Kernel table[] = {
      {.name = "reference.direct",
       .precisions = {Precision::f64, Precision::f32, Precision::bf16, Precision::f16},
       .any_strides = true,
       .zero_strides = true,
       .negative_strides = true,
       .refuses = refuse_invalid,
       .run = run},
  };
  return table;
}

}  // namespace convict::reference
