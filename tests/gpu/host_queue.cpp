// SPDX-License-Identifier: Apache-2.0
#include "tests/gpu/host_queue.hpp"

#include <stdexcept>

#include "core/half.hpp"
#include "gpu/toeplitz/columns.hpp"

namespace convict {
namespace {

using gpu::ColumnMap;
using gpu::Elements;
using gpu::Matrices;
using gpu::Products;
using gpu::Scale;

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

template <class T>
T* as(Elements elements) {
  return reinterpret_cast<T*>(elements.data);
}

template <class T>
double number(const T* matrix, const Matrices& m, index_t row, index_t column) {
  return static_cast<double>(m.transposed ? matrix[column * m.stride + row]
                                          : matrix[row * m.stride + column]);
}

template <class T, class Result>
void multiply_one(const Products& p, index_t i) {
  const T* a = as<T>(p.a.elements) + i * p.a.next;
  const T* b = as<T>(p.b.elements) + i * p.b.next;
  Result* c = as<Result>(p.c.elements) + i * p.c.next;
  for (index_t row = 0; row < p.rows; ++row)
    for (index_t column = 0; column < p.columns; ++column) {
      double sum = 0;
      for (index_t d = 0; d < p.depth; ++d)
        sum += number(a, p.a, row, d) * number(b, p.b, d, column);
      Result& to = c[row * p.c.stride + column];
      const double old = p.scale.beta == 0 ? 0 : p.scale.beta * static_cast<double>(to);
      to = static_cast<Result>(p.scale.alpha * sum + old);
    }
}

void require_legal(const Products& p) {
  require(p.rows >= 1 && p.columns >= 1 && p.depth >= 1, "a product without elements");
  require(p.count >= 1 && p.count <= 65535, "a number of products that no grid has");
  require(p.a.stride >= (p.a.transposed ? p.rows : p.depth), "rows of a overlap");
  require(p.b.stride >= (p.b.transposed ? p.depth : p.columns), "rows of b overlap");
  require(p.c.stride >= p.columns && !p.c.transposed, "rows of c overlap");
  require(p.count == 1 || p.c.next > 0, "all products go to one place");
  require(p.a.elements.type == p.b.elements.type, "operands of two types");
}

template <class Accumulator, class Result>
void gather(const ColumnMap& map, Elements columns, Scale scale, Elements x) {
  require(bytes_of(columns.type) == sizeof(Accumulator), "columns that are not accumulators");
  const gpu::Scaling<Accumulator> scaling{static_cast<Accumulator>(scale.alpha),
                                          static_cast<Accumulator>(scale.beta)};
  for (index_t t = 0; t < map.gather_threads(); ++t)
    gpu::gather_element(map, t, as<Accumulator>(columns), scaling, as<Result>(x));
}

template <class T>
void fill(const ColumnMap& map, Elements x, Elements columns) {
  for (index_t t = 0; t < map.fill_threads(); ++t)
    gpu::fill_column(map, t, as<T>(x), as<T>(columns));
}

}  // namespace

void HostQueue::im2col(const ColumnMap& map, Elements x, Elements columns) {
  require(x.type == columns.type, "im2col does not convert");
  with_storage_type(x.type, [&](auto t) { fill<decltype(t)>(map, x, columns); });
}

void HostQueue::multiply(const Products& p) {
  require_legal(p);
  const Precision type = p.a.elements.type, result = p.c.elements.type;
  require(result == type || result == accumulator_of(type), "no product has such a result");
  for (index_t i = 0; i < p.count; ++i)
    with_storage_type(type, [&](auto t) {
      with_storage_type(result, [&](auto r) { multiply_one<decltype(t), decltype(r)>(p, i); });
    });
}

void HostQueue::col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x) {
  require(columns.type == accumulator_of(x.type), "columns that are not accumulators");
  if (x.type == Precision::f64) return gather<double, double>(map, columns, scale, x);
  with_storage_type(x.type, [&](auto t) {
    if constexpr (sizeof(t) < 8) gather<float, decltype(t)>(map, columns, scale, x);
  });
}

}  // namespace convict
