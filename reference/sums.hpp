// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

namespace convict::reference {

__extension__ using quad = __float128;

/// A number as the unevaluated sum of two doubles.
struct Split {
  double value;
  double correction;
};

// The three accumulators of truth. Each sums products and the absolute values of the products:
//   add(a, b)                  adds a * b
//   add_scaled(alpha, sum)     adds alpha times the value of `sum`

/// Plain double sums.
struct PlainSum {
  double total = 0;
  double magnitude = 0;

  void add(double a, double b) {
    const double product = a * b;
    total += product;
    magnitude += std::fabs(product);
  }
  void add_scaled(double alpha, const PlainSum& sum) {
    total += alpha * sum.total;
    magnitude += std::fabs(alpha) * sum.magnitude;
  }
  Split split() const { return {total, 0}; }
};

/// Twice the working precision: every product and sum is split into its rounded value and its
/// rounding error, and the errors are summed separately (Ogita, Rump, Oishi, Accurate Sum and Dot
/// Product, SIAM J. Sci. Comput. 26, 2005, Dot2).
struct CompensatedSum {
  double total = 0;
  double errors = 0;
  double magnitude = 0;

  void add(double a, double b) {
    const double product = a * b;
    const double product_error = std::fma(a, b, -product);
    const double sum = total + product;
    const double shifted = sum - total;
    const double sum_error = (total - (sum - shifted)) + (product - shifted);
    total = sum;
    errors += product_error + sum_error;
    magnitude += std::fabs(product);
  }
  void add_scaled(double alpha, const CompensatedSum& sum) {
    const Split parts = sum.split();
    const double grown = magnitude + std::fabs(alpha) * sum.magnitude;
    add(alpha, parts.value);
    // An infinite product has no correction: its sum with an infinite one could be NaN.
    if (parts.correction != 0 && std::isfinite(alpha * parts.value)) add(alpha, parts.correction);
    magnitude = grown;
  }
  Split split() const {
    const double value = total + errors;
    // A sum with a NaN or an infinity has no meaningful error term.
    if (!std::isfinite(value)) return {total, 0};
    return {value, (total - value) + errors};
  }
};

/// 113 bits and a wide exponent, for operands so small that a product's rounding error would
/// underflow in double.
struct QuadSum {
  quad total = 0;
  quad magnitude = 0;

  void add(double a, double b) {
    const quad product = static_cast<quad>(a) * static_cast<quad>(b);
    total += product;
    magnitude += product < 0 ? -product : product;
  }
  void add_scaled(double alpha, const QuadSum& sum) {
    total += static_cast<quad>(alpha) * sum.total;
    magnitude += static_cast<quad>(std::fabs(alpha)) * sum.magnitude;
  }
  Split split() const {
    const auto value = static_cast<double>(total);
    if (!std::isfinite(value)) return {value, 0};
    return {value, static_cast<double>(total - static_cast<quad>(value))};
  }
};

}  // namespace convict::reference
