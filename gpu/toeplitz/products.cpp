// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "gpu/toeplitz/chunk.hpp"

namespace convict::gpu {
namespace {

/// The largest number of products in a call: they are counted along the third axis of a grid.
constexpr index_t most_products = 65535;

/// One index of a family of products: the number of its values, and the steps from one to the next.
struct Index {
  index_t count, a, b, c;
};

/// A product for every value of two indices. A call of cuBLAS computes all products of one index,
/// with fixed strides; there is a call for every value of the shorter index.
void multiply_all(Queue& queue, const Products& first, Index outer, Index inner) {
  if (inner.count < outer.count) std::swap(inner, outer);
  Products products = first;
  products.a.next = inner.a;
  products.b.next = inner.b;
  products.c.next = inner.c;
  for (index_t i = 0; i < outer.count; ++i)
    for_each(Pieces{inner.count, most_products}, [&](const Range& range) {
      products.a.elements = first.a.elements.at(i * outer.a + range.begin * inner.a);
      products.b.elements = first.b.elements.at(i * outer.b + range.begin * inner.b);
      products.c.elements = first.c.elements.at(i * outer.c + range.begin * inner.c);
      products.count = range.size();
      queue.multiply(products);
    });
}

using Family = ProductMatrices::Family;

struct Equation {
  index_t rows, columns, depth;
  const Family &c, &a, &b;  ///< c = a b
  bool a_transposed, b_transposed;
};

/// The pass as a product, with images or positions as columns of the output: Y = W X, and its
/// adjoints X = W^T Y and W = Y X^T.
Equation with_columns(Pass pass, const ProductMatrices& m, index_t width) {
  const auto& [w, x, y, channels, depth, others] = m;
  switch (pass) {
    case Pass::forward: return {channels, width, depth, y, w, x, false, false};
    case Pass::grad_input: return {depth, width, channels, x, w, y, true, false};
    default: return {channels, depth, width, w, y, x, false, true};
  }
}

/// The same with images as rows: Y = X W^T, X = Y W and W = Y^T X.
Equation with_rows(Pass pass, const ProductMatrices& m, index_t width) {
  const auto& [w, x, y, channels, depth, others] = m;
  switch (pass) {
    case Pass::forward: return {width, channels, depth, y, x, w, false, true};
    case Pass::grad_input: return {width, depth, channels, x, y, w, false, false};
    default: return {channels, depth, width, w, y, x, true, false};
  }
}

Equation equation_of(const ToeplitzPlan& plan, const ProductMatrices& m, const Chunk& chunk) {
  const Pass pass = plan.problem.pass;
  if (plan.form == Form::by_position) return with_rows(pass, m, chunk.images.size());
  const bool by_image = plan.form == Form::by_image;
  return with_columns(pass, m, by_image ? chunk.positions.size() : chunk.columns());
}

}  // namespace

void multiply(Queue& queue, const ToeplitzPlan& plan, const ProductMatrices& m, const Chunk& chunk,
              Scale scale) {
  const Equation e = equation_of(plan, m, chunk);
  multiply_all(queue,
               {.rows = e.rows,
                .columns = e.columns,
                .depth = e.depth,
                .a = {e.a.elements, e.a.stride, e.a_transposed},
                .b = {e.b.elements, e.b.stride, e.b_transposed},
                .c = {e.c.elements, e.c.stride},
                .scale = scale},
               {m.others, e.a.by_other, e.b.by_other, e.c.by_other},
               {chunk.groups.size(), e.a.by_group, e.b.by_group, e.c.by_group});
}

}  // namespace convict::gpu
