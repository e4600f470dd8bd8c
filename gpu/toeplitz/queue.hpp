// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/precision.hpp"
#include "gpu/toeplitz/column_map.hpp"

namespace convict::gpu {

/// Elements of a type that is known at run time: f64, f32, f16 or bf16.
struct Elements {
  std::byte* data = nullptr;
  Precision type = Precision::f32;

  Elements at(index_t element) const { return {data + element * bytes_of(type), type}; }
};

/// Row-major matrices, `next` elements apart; `transposed` reads each as its transpose.
struct Matrices {
  Elements elements{};
  index_t stride = 0;  ///< elements from one stored row to the next
  bool transposed = false;
  index_t next = 0;
};

/// result = alpha * sum + beta * old result; beta = 0 means the old result is not read.
struct Scale {
  double alpha = 1, beta = 0;
};

/// c[i] = alpha a[i] b[i] + beta c[i] for i in [0, count), with a[i] (rows, depth), b[i] (depth,
/// columns) and c[i] (rows, columns, never transposed). Every size is at least 1.
struct Products {
  index_t rows = 0, columns = 0, depth = 0, count = 1;
  Matrices a{}, b{}, c{};
  Scale scale{};
};

/// The operations that the algorithm enqueues on a device, in order. No function waits.
class Queue {
 public:
  virtual ~Queue() = default;
  /// Fills the matrix that `map` describes from the images `x`. Both have the same type.
  virtual void im2col(const ColumnMap& map, Elements x, Elements columns) = 0;
  virtual void multiply(const Products& products) = 0;
  /// x[i] = alpha * (sum of the matrix elements that im2col copies from x[i]) + beta * x[i], for i
  /// in the map's box. The matrix has the accumulator type of x's type.
  virtual void col2im(const ColumnMap& map, Elements columns, Scale scale, Elements x) = 0;
};

}  // namespace convict::gpu
