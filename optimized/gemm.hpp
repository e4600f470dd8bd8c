// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/index.hpp"

namespace convict::optimized {

/// A row-major matrix as an operand: `stride` elements from one stored row to the next;
/// `transposed` reads it as its transpose.
template <class T>
struct Operand {
  const T* data = nullptr;
  index_t stride = 0;
  bool transposed = false;
};

/// C = alpha A B + beta C with A (rows, depth), B (depth, columns), C (rows, columns).
template <class T>
struct Product {
  index_t rows = 0, columns = 0, depth = 0;
  T alpha = 1;
  Operand<T> a;
  Operand<T> b;
  T beta = 0;
  T* c = nullptr;
  index_t c_stride = 0;
};

/// Computes the product in the storage type, on the calling thread. beta = 0: C is not read, so it
/// may hold NaN. A depth of 0 scales C by beta. Throws KernelError when a size or stride exceeds
/// `largest_blas_size`.
void gemm(const Product<float>& product);
void gemm(const Product<double>& product);
template <class T>
void gemm(const Product<T>& product) = delete;

/// The largest value of BLAS' integer type.
extern const index_t largest_blas_size;

}  // namespace convict::optimized
