// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "core/kernel.hpp"

namespace convict::oracle {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// The rounding and underflow errors that one operation of a claimed arithmetic can make.
struct Rounding {
  double u_acc;         ///< unit roundoff of the accumulator
  double u_out;         ///< of storing a result; 0 when it is stored as accumulated
  double input_growth;  ///< (1 + u_q)^2: both operands of a product rounded to a narrower format
  double adder;         ///< c: 1, or more for truncating adders
  double eta_acc;       ///< absolute error of one operation that underflows
  double eta_in;        ///< absolute error of reading an operand that underflows
  double eta_out;       ///< absolute error of storing a result that underflows
  bool flushes;         ///< additions can underflow, too
  bool truncates;       ///< additions may round toward zero: sums can stop at the largest number
  double limit_acc;     ///< sums of this size and above round to infinity
  double limit_out;     ///< the same of results
  double limit_in;      ///< the same of operands as the kernel reads them
};

/// The smallest number that rounds to infinity in a format of t digits: 2^emax (1 - 2^-(t+1)),
/// halfway between the largest finite number and 2^emax.
double overflow_limit(Precision precision);

/// The rounding of the claimed arithmetic, for all possible claims:
///   u_q      unit roundoff of the format that inputs are rounded to, 0 if that is the storage
///            format; twice that for truncating hardware, which truncates inputs as it truncates
///            sums (Fasi, Higham, Mikaitis, Pranesh, Numerical Behavior of NVIDIA Tensor Cores,
///            PeerJ CS 7, 2021)
///   adder    2 (1 + 1/b) for adders that align b products and the sum to the largest of them and
///            truncate the lower bits: each of the b + 1 terms loses less than 2u of the largest, n
///            / b times, which is n 2 (1 + 1/b) u in all
///   eta      half the smallest subnormal, or the smallest normal where subnormals are flushed
Rounding rounding_of(Precision precision, const Claims& claims);

/// gamma_k = k u / (1 - k u), infinite where k u >= 1 (Higham, Accuracy and Stability of Numerical
/// Algorithms, 2nd ed., section 3.1).
double gamma(double k, double u);

/// The error of a sum relative to its magnitude S when every product is rounded at most k times.
double relative_error(const Rounding& rounding, double gamma_k);

}  // namespace convict::oracle
