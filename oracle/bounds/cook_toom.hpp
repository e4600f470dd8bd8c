// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "core/index.hpp"

namespace convict::oracle {

/// A small dense matrix, row-major.
template <class T>
struct Matrix {
  index_t rows = 0;
  index_t columns = 0;
  std::vector<T> values{};

  Matrix(index_t r, index_t c)
      : rows(r), columns(c), values(static_cast<std::size_t>(r * c), T{}) {}
  T& operator()(index_t i, index_t j) { return values[static_cast<std::size_t>(i * columns + j)]; }
  const T& operator()(index_t i, index_t j) const {
    return values[static_cast<std::size_t>(i * columns + j)];
  }
};

/// The minimal filtering algorithm F(m, r): m outputs of a correlation with r taps from
/// alpha = m + r - 1 inputs d and as many multiplications,
///
///     y = AT [(G g) .* (BT d)],   AT (m, alpha), G (alpha, r), BT (alpha, alpha).
struct CookToom {
  Matrix<double> at, g, bt;
};

/// Constructed by transposing Cook and Toom's polynomial product at the points 0, 1, -1, 2, -2,
/// 1/2, -1/2, 4, -4, 1/4, -1/4 and infinity, as many as needed (Lavin and Gray, Fast Algorithms for
/// Convolutional Neural Networks, CVPR 2016; Barabasz, Anderson, Soodhalter, Gregg, Error Analysis
/// and Improving the Accuracy of Winograd Convolution for Deep Neural Networks, ACM TOMS 46, 2020,
/// algorithm 1). `outputs` and `taps` must satisfy has_cook_toom.
CookToom cook_toom(index_t outputs, index_t taps);

/// Whether outputs and taps are at least 1 and there are enough points.
bool has_cook_toom(index_t outputs, index_t taps);

/// The matrix converted to another type.
template <class T>
Matrix<T> as(const Matrix<double>& matrix) {
  Matrix<T> made(matrix.rows, matrix.columns);
  for (std::size_t i = 0; i < made.values.size(); ++i)
    made.values[i] = static_cast<T>(matrix.values[i]);
  return made;
}

/// Every entry's absolute value.
Matrix<double> magnitudes(const Matrix<double>& matrix);

/// The most non-zero entries of a row.
index_t longest_row(const Matrix<double>& matrix);

}  // namespace convict::oracle
