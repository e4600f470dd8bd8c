// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <utility>

#include "oracle/bounds/cook_toom.hpp"

namespace convict::oracle {

/// One matrix per axis applied to a tile with three axes, last axis first:
///     out[i0, i1, i2] = sum_j M0[i0, j0] M1[i1, j1] M2[i2, j2] in[j0, j1, j2]
/// in the arithmetic of T. Products with zero entries are added, too, so that a NaN anywhere in
/// `in` reaches all of `out`.
template <class T>
class TileTransform {
 public:
  explicit TileTransform(std::array<Matrix<T>, 3> factors) : factors_(std::move(factors)) {}

  std::size_t in_size() const { return size(&Matrix<T>::columns); }
  std::size_t out_size() const { return size(&Matrix<T>::rows); }

  void operator()(const T* in, T* out) {
    Axes extents{factors_[0].columns, factors_[1].columns, factors_[2].columns};
    const T* from = in;
    for (std::size_t axis = 3; axis-- > 0;) {
      T* const to = axis == 0 ? out : scratch(axis, extents);
      along(axis, extents, from, to);
      extents[axis] = factors_[axis].rows;
      from = to;
    }
  }

 private:
  std::size_t size(index_t Matrix<T>::*side) const {
    return static_cast<std::size_t>(factors_[0].*side * factors_[1].*side * factors_[2].*side);
  }

  T* scratch(std::size_t axis, const Axes& extents) {
    std::vector<T>& buffer = scratch_[axis - 1];
    buffer.resize(static_cast<std::size_t>(extents[0] * extents[1] * extents[2] / extents[axis] *
                                           factors_[axis].rows));
    return buffer.data();
  }

  void along(std::size_t axis, const Axes& extents, const T* in, T* out) const {
    const Matrix<T>& m = factors_[axis];
    index_t inner = 1;
    for (std::size_t a = axis + 1; a < 3; ++a) inner *= extents[a];
    index_t outer = 1;
    for (std::size_t a = 0; a < axis; ++a) outer *= extents[a];
    for (index_t o = 0; o < outer; ++o)
      for (index_t row = 0; row < m.rows; ++row)
        for (index_t i = 0; i < inner; ++i) {
          T sum{};
          for (index_t j = 0; j < m.columns; ++j)
            sum += m(row, j) * in[(o * m.columns + j) * inner + i];
          out[(o * m.rows + row) * inner + i] = sum;
        }
  }

  std::array<Matrix<T>, 3> factors_;
  std::array<std::vector<T>, 2> scratch_{};
};

}  // namespace convict::oracle
