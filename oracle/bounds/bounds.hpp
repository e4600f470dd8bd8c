// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "oracle/bounds/rounding.hpp"

namespace convict::oracle {

/// The quantities that the bound of a result element depends on.
struct ElementSize {
  double value = 0;            ///< |v|, v = alpha * sum + beta * old
  double magnitude = 0;        ///< S = |alpha| B + |beta old|
  index_t products = 0;        ///< n
  double transform_error = 0;  ///< see transform_errors; 0 for direct summation
};

/// The largest error that a right kernel with the claimed arithmetic can make in an element. For
/// direct summation (GEMM included):
///
///     a   = [(1 + u_q)^2 (1 + c g) - 1] S
///     tau = a + u_out (|v| + a) + max(|alpha|, |beta|, 1) (n (eta_acc + 2 eta_in x) + 2 eta_acc)
///           + eta_out
///
///     g = gamma_{d+3}(u_acc) = (d+3) u / (1 - (d+3) u), the worst case (Higham, Accuracy and
///     Stability of Numerical
///         Algorithms, 2nd ed., section 3.1), or, for independent zero-mean data, min(gamma_{d+3},
///         lambda sqrt(d+3) u) with lambda = sqrt(2 ln(2 d T / delta)) over T elements, false alarm
///         probability delta (Higham and Mary, A New Approach to Probabilistic Rounding Error
///         Analysis, SIAM J. Sci. Comput. 41, 2019; Ipsen and Zhou, 2020)
///     d = n, or one more than the claimed accumulation depth: a product is rounded once when it is
///         computed, once in each of at most n - 1 (or depth) additions, and three times more:
///         when alpha is rounded, in the product with alpha, and in the sum with beta times the old
///         result
///     c = 1, or 2 (1 + 1/b) for adders that truncate after aligning blocks of b. Truncation errors
///         have one sign; the probabilistic g still holds, because partial sums of zero-mean data
///         are of the order of sqrt(n) terms, so that n errors of that size are sqrt(n) u S in all
///     u_q = the unit roundoff of the format that inputs are rounded to inside the kernel, else 0
///     eta = the error that underflow can cause: half the smallest subnormal, or with flush-to-zero
///         the smallest normal (which additions can lose as well); of products and sums (eta_acc),
///         of operands, the largest of which is x (eta_in), and of the stored result (eta_out)
///
/// For Winograd and FFT, a is their own error (transform_errors) where that is larger than the one
/// above, so that a kernel may also compute directly.
///
/// Where there are no products and nothing is added, the result must be zero: tau = 0.
class Bound {
 public:
  /// `elements` is T.
  struct Data {
    index_t elements;
    double alpha = 1;
    double beta = 0;
    bool zero_mean = false;                  ///< operands are independent and zero-mean
    double largest_operand = 1;              ///< x, of the finite ones
    std::vector<double> transform_errors{};  ///< of every element, or empty
  };
  Bound(Precision precision, const Claims& claims, const Data& data);

  double operator()(const ElementSize& element) const;

  /// The error of the claimed transform at an element, 0 without one. If it is infinite, any value
  /// is right there, NaN included.
  double transform_error(std::size_t at) const {
    return transform_errors_.empty() ? 0 : transform_errors_[at];
  }

 private:
  double accumulation(index_t depth) const;

  Rounding rounding_;
  index_t claimed_depth_;
  double elements_;
  double underflow_, product_underflow_;  ///< per element, and per product
  bool zero_mean_;
  std::vector<double> transform_errors_;
  /// The relative error for the latest depth, which adjacent elements often share. Because of this
  /// cache a Bound may be used by one thread only.
  mutable index_t latest_depth_ = -1;
  mutable double latest_growth_ = 0;
};

/// Whether the claimed arithmetic has a bound: all has except Winograd tiles and filters too large
/// (or smaller than 1) for cook_toom.
bool has_bound(const Claims& claims);

/// The claims that allow larger relative errors than those of plain summation, for people:
/// "Winograd F(4,3), sums in f16"; empty if there are none.
std::string widening_claims(const Claims& claims);

}  // namespace convict::oracle
