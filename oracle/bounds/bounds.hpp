// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/kernel.hpp"
#include "oracle/bounds/rounding.hpp"

namespace convict::oracle {

/// The quantities that the bound of a result element depends on.
struct ElementSize {
  double value = 0;            ///< |v|, v = alpha * sum + beta * old
  double magnitude = 0;        ///< S = |alpha| B + |beta old|
  double sum = 0;              ///< B, the sum of absolute products, whatever alpha is
  index_t products = 0;        ///< n
  double transform_error = 0;  ///< see TransformErrors; 0 for direct summation
  double transform_size = 0;   ///< P: no value inside the transform is larger
};

/// What a claimed transform (Winograd, FFT) can make of every element; empty for direct summation.
struct TransformErrors {
  std::vector<double> error{};  ///< the largest; infinite where none is known
  /// No value inside the transform is larger, before alpha. Infinite where an element is lost.
  std::vector<double> size{};
  /// 1 where an infinity or NaN of other elements' operands, or an overflow inside the transform,
  /// reaches the element.
  std::vector<std::uint8_t> lost{};

  bool empty() const { return error.empty(); }
};

/// The largest error that a right kernel with the claimed arithmetic can make in an element. For
/// direct summation (GEMM included):
///
///     a   = [(1 + u_q)^2 (1 + c g) - 1] S
///     tau = a + u_out (|v| + a) + max(|alpha|, |beta|, 1) (n (eta_acc + 2 eta_in x) + 2 eta_acc)
///           + eta_out + [alpha is not 1] n eta_acc max(x, 1)
///           + [alpha is subnormal] eta_acc B + [beta is subnormal] eta_acc |old|
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
///
/// A sharper a holds for direct summation that rounds to nearest, where every product is at most m
/// in absolute value and has a random sign of its own: with n u^2 small,
///
///     a = |alpha| m u [(n + 1) t (1 + 4 u sqrt(n)) + r] + |beta old| u r + gamma_4(u) S
///     r = sqrt(2 n ln(4 T / delta))
///     t = ln(4 kappa T / delta) / 1.5,   kappa = 3.8
///
/// Partial sums of k such products are of the order of sqrt(k), not of k as in S; the error is a
/// sum of roundings, each at most u times a partial sum. Given the partial sums s_k, with rounding
/// errors that are independent and have mean zero, P(|error| > x u) <= 2 exp(-theta x) E
/// exp(theta^2 sum_k s_k^2 / 2). Signs are sub-Gaussian, so the last factor is at most that of a
/// random walk: the product of (1 - theta^2 lambda_j)^(-1/2) over the eigenvalues lambda_j of
/// its covariance, which for theta = 1.5 / (m (n + 1)) is below kappa in any order of additions: a
/// chain has the largest eigenvalue, 0.4053 n^2, and the largest trace, n^2 / 2 (the limit is 1 /
/// sqrt(cos 1.5), Cameron and Martin, 1945). The terms with r are Hoeffding's bounds for the
/// roundings of products, and for those of sums that begin with beta old. In f32 a missing product
/// of 1/4 shows in sums of up to 200,000 (Higham and Mary, Sharper Probabilistic Backward Error
/// Analysis for Basic Linear Algebra Kernels with Random Data, SIAM J. Sci. Comput. 42, 2020, find
/// the same growth with n).
class Bound {
 public:
  /// `elements` is T.
  struct Data {
    index_t elements;
    double alpha = 1;
    double beta = 0;
    bool zero_mean = false;       ///< operands are independent and zero-mean
    double largest_operand = 1;   ///< x, of the finite ones
    double largest_product = 0;   ///< m, if products have independent random signs; else 0
    TransformErrors transform{};  ///< of every element, or empty
  };
  Bound(Precision precision, const Claims& claims, const Data& data);

  double operator()(const ElementSize& element) const;

  /// The bound without any assumption about the signs of products or of rounding errors.
  double worst_case(const ElementSize& element) const;

  const Rounding& rounding() const { return rounding_; }

  /// A limit of every partial sum that reaches the result, before alpha and after it: the largest
  /// of B, S, P and |alpha| P; without alpha, S.
  double largest_sum(const ElementSize& element) const;

  /// Whether the result may be an infinite sum times an alpha of zero, which is NaN.
  bool nan_by_alpha(const ElementSize& element) const;

  /// Whether terms of both signs may grow beyond the largest number, so that partial sums may be
  /// infinite of either sign or NaN.
  bool overflows_both_ways(const ElementSize& element) const;

  /// Whether alpha, beta, or alpha times an operand is beyond the largest number of the
  /// accumulator: any result that is not finite is right then, since infinity times a zero is NaN,
  /// and of a kernel that truncates any at all. Such a trial is mistrusted.
  bool factors_overflow() const { return factors_overflow_; }
  /// Whether alpha is zero in the accumulator: zero times an infinite sum is NaN.
  bool alpha_vanishes() const { return alpha_vanishes_; }

  /// The probability that some element of a right result exceeds a bound that is not the worst
  /// case.
  static constexpr double false_alarm = 1e-6;

  /// The error and the size of the claimed transform at an element, 0 without one.
  double transform_error(std::size_t at) const {
    return transform_.empty() ? 0 : transform_.error[at];
  }
  double transform_size(std::size_t at) const {
    return transform_.empty() ? 0 : transform_.size[at];
  }
  /// Whether the claimed transform may lose an element: any value is right there, except that none
  /// can become finite that is not finite by the definition. It does where an operand that is not
  /// finite reaches it, or where P >= L / 8, L the accumulator's largest number: values inside the
  /// transform may overflow. Scalings of G, BT and AT that do not change errors change those values
  /// by a factor of 64 at most, but only where the sums are large, too, S >= L / 256, is that a
  /// reason for NaN.
  bool loses(std::size_t at, const ElementSize& element) const;

 private:
  double accumulation(index_t depth) const;
  index_t depth_of(const ElementSize& element) const;
  double with_rounding_out(const ElementSize& element, double a) const;
  double for_random_signs(const ElementSize& element) const;
  double factor_errors(const ElementSize& element) const;

  Rounding rounding_;
  index_t claimed_depth_;
  double elements_;
  double underflow_, product_underflow_;  ///< per element, and per product
  bool zero_mean_;
  double alpha_, beta_;              ///< |alpha|, |beta|
  double alpha_error_, beta_error_;  ///< of reading them, where they are subnormal; else 0
  bool factors_overflow_, alpha_vanishes_;
  double largest_product_;  ///< m, 0 where the bound for random signs does not hold
  TransformErrors transform_;
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
