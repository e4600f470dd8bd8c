// SPDX-License-Identifier: Apache-2.0
#include "optimized/gemm.hpp"

#include <cblas.h>
#include <fmt/format.h>

#include <limits>

#include "core/errors.hpp"

namespace convict::optimized {

const index_t largest_blas_size = std::numeric_limits<blasint>::max();

namespace {

/// The loops around BLAS are parallel already, and a product that BLAS splits among threads of its
/// own would round differently with every thread count.
void hold_blas_to_one_thread() {
  static const bool once = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(once);
}

blasint narrowed(index_t size) {
  if (size > largest_blas_size)
    throw KernelError(
        fmt::format("BLAS takes sizes up to {}; a matrix here has {}", largest_blas_size, size));
  return static_cast<blasint>(size);
}

CBLAS_TRANSPOSE order_of(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

template <class T>
void scale_rows(const Product<T>& p) {
  for (index_t row = 0; row < p.rows; ++row) {
    T* c = p.c + row * p.c_stride;
    for (index_t column = 0; column < p.columns; ++column)
      c[column] = p.beta == 0 ? T{0} : p.beta * c[column];
  }
}

template <class T, class Blas>
void call(const Product<T>& p, Blas blas) {
  hold_blas_to_one_thread();
  if (p.rows == 0 || p.columns == 0) return;
  if (p.depth == 0) return scale_rows(p);
  blas(CblasRowMajor, order_of(p.a.transposed), order_of(p.b.transposed), narrowed(p.rows),
       narrowed(p.columns), narrowed(p.depth), p.alpha, p.a.data, narrowed(p.a.stride), p.b.data,
       narrowed(p.b.stride), p.beta, p.c, narrowed(p.c_stride));
}

}  // namespace

void gemm(const Product<float>& product) { call(product, cblas_sgemm); }
void gemm(const Product<double>& product) { call(product, cblas_dgemm); }

}  // namespace convict::optimized
