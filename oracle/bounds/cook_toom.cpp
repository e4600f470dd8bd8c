// SPDX-License-Identifier: Apache-2.0
#include "oracle/bounds/cook_toom.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <span>

namespace convict::oracle {
namespace {

constexpr std::array points = {0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 4.0, -4.0, 0.25, -0.25};

/// Coefficients, lowest first, of the product of (x - a) over all `roots` except number `without`.
std::vector<double> monic(std::span<const double> roots, std::size_t without) {
  std::vector<double> product = {1};
  for (std::size_t l = 0; l < roots.size(); ++l) {
    if (l == without) continue;
    product.push_back(0);
    for (std::size_t i = product.size() - 1; i > 0; --i)
      product[i] = product[i - 1] - roots[l] * product[i];
    product[0] *= -roots[l];
  }
  return product;
}

double value_at(const std::vector<double>& polynomial, double x) {
  double value = 0;
  for (std::size_t i = polynomial.size(); i-- > 0;) value = value * x + polynomial[i];
  return value;
}

}  // namespace

bool has_cook_toom(index_t outputs, index_t taps) {
  return outputs >= 1 && taps >= 1 && outputs + taps - 2 <= static_cast<index_t>(points.size());
}

CookToom cook_toom(index_t outputs, index_t taps) {
  assert(has_cook_toom(outputs, taps));
  const index_t alpha = outputs + taps - 1;
  const std::span<const double> finite(points.data(), static_cast<std::size_t>(alpha - 1));
  CookToom made{{outputs, alpha}, {alpha, taps}, {alpha, alpha}};
  for (index_t j = 0; j < alpha - 1; ++j) {
    const double point = finite[static_cast<std::size_t>(j)];
    const std::vector<double> others = monic(finite, static_cast<std::size_t>(j));
    const double scale = value_at(others, point);
    double power = 1;
    for (index_t i = 0; i < std::max(outputs, taps); ++i, power *= point) {
      if (i < outputs) made.at(i, j) = power;
      if (i < taps) made.g(j, i) = power / scale;
    }
    for (std::size_t i = 0; i < others.size(); ++i) made.bt(j, static_cast<index_t>(i)) = others[i];
  }
  made.at(outputs - 1, alpha - 1) = 1;
  made.g(alpha - 1, taps - 1) = 1;
  const std::vector<double> all = monic(finite, finite.size());
  for (std::size_t i = 0; i < all.size(); ++i) made.bt(alpha - 1, static_cast<index_t>(i)) = all[i];
  return made;
}

Matrix<double> magnitudes(const Matrix<double>& matrix) {
  Matrix<double> made = matrix;
  for (double& value : made.values) value = std::fabs(value);
  return made;
}

index_t longest_row(const Matrix<double>& matrix) {
  index_t longest = 0;
  for (index_t i = 0; i < matrix.rows; ++i) {
    index_t entries = 0;
    for (index_t j = 0; j < matrix.columns; ++j) entries += matrix(i, j) != 0 ? 1 : 0;
    longest = std::max(longest, entries);
  }
  return longest;
}

}  // namespace convict::oracle
