#pragma once

#include "core/kernel.hpp"

namespace convict::oracle {

/// What one result element is made of.
struct ElementSize {
  double value = 0;      ///< |v|, v = alpha * sum + beta * old
  double magnitude = 0;  ///< S = |alpha| B + |beta old|
  index_t products = 0;  ///< n
};

/// The most a right kernel of the claimed arithmetic may be off, per element. For direct summation
/// (GEMM included):
///
///     a   = [(1 + u_q)^2 (1 + c g) - 1] S
///     tau = a + u_out (|v| + a) + (max(|alpha|, 1) n + 2) eta_acc + eta_out
///
///     g = gamma_{d+3}(u_acc) = (d+3) u / (1 - (d+3) u), the worst case (Higham, Accuracy and
///     Stability of Numerical
///         Algorithms, 2nd ed., section 3.1), or, for independent zero-mean data, min(gamma_{d+3},
///         lambda sqrt(d+3) u) with lambda = sqrt(2 ln(2 d T / delta)) over T elements, false alarm
///         probability delta (Higham and Mary, A New Approach to Probabilistic Rounding Error
///         Analysis, SIAM J. Sci. Comput. 41, 2019; Ipsen and Zhou, 2020)
///     d = n, or the claimed accumulation depth; the 3 are alpha, beta and their sum
///     c = 1, or 2 (1 + 1/b) for adders that truncate after aligning blocks of b
///     u_q = the unit roundoff inputs are rounded with inside, else 0
///     eta = half the smallest subnormal; with flush-to-zero the smallest normal: what each of n
///         products, alpha and beta may lose to underflow
///
/// Where no product meets and nothing is added the result must be zero: tau = 0.
///
/// No bound is given for Winograd and FFT rows here: they are refused by `has_bound`.
class Bound {
 public:
  /// `elements` is T.
  struct Data {
    index_t elements;
    double alpha = 1;
    bool zero_mean = false;  ///< operands are independent and zero-mean
  };
  Bound(Precision precision, const Claims& claims, const Data& data);

  double operator()(const ElementSize& element) const;

 private:
  double accumulation(index_t depth) const;

  double u_acc_, u_out_, input_growth_, adder_, eta_acc_, eta_out_;
  index_t claimed_depth_;
  double elements_, underflow_growth_;
  bool zero_mean_;
};

/// Whether the claimed arithmetic has a bound here.
bool has_bound(const Claims& claims);

}  // namespace convict::oracle
