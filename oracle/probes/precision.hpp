// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oracle/probes/dot.hpp"

namespace convict::oracle::probes {

// Each function determines one property of the arithmetic, which may deviate from IEEE 754. Fasi,
// Higham, Mikaitis, Pranesh, Numerical Behavior of NVIDIA Tensor Cores, PeerJ CS 7, 2021, examine
// tensor cores in the same way.

/// Significant bits of an operand that count: the first k for which 1 + 2^-k times 1, in either
/// order, is not 1 + 2^-k; at most the storage format's.
int input_digits(const Dot& dot, Precision precision);

/// Whether inputs that are read with `digits` significant bits are truncated, not rounded to
/// nearest.
bool truncates_inputs(const Dot& dot, int digits);

/// Significant bits of partial sums: a k for which 2^k + 1 - 2^k is not 1 in the worst of several
/// orders and places of the terms, while 2^(k-1) + 1 - 2^(k-1) is 1 in all of them; at most 60, for
/// f16 storage 30. Found by bisection: where k bits are too many, so are k + 1.
int accumulator_digits(const Dot& dot, Precision precision);

/// Whether 2^p + 1.5 - 2^p or 2^p - 1.5 - 2^p gives 0 in some order, where p is `digits`, the
/// accumulator's significant bits; rounding to nearest gives 2 or -2 in every order.
bool truncates_sums(const Dot& dot, Precision precision, int digits);

/// Whether 1 + 3/4 of a unit in the last place of the storage format is stored as 1. Meaningful
/// only if sums have more digits than the storage format.
bool truncates_results(const Dot& dot, Precision precision);

/// What is done with numbers below the smallest normal number m of the storage format.
struct Subnormals {
  bool first_kept = true;    ///< m/4 times 16 is 4 m: the first operand is not read as zero
  bool second_kept = true;   ///< 16 times m/4 is 4 m
  bool results_kept = true;  ///< 1.5 m - m is m/2, as the last operation of a sum
  /// m times 1/2 is m/2 though zeros follow; m/2 + 1.5 m is 2 m, with the small term first and last
  bool running_sums_kept = true;
};
Subnormals subnormals(const Dot& dot, Precision precision);

/// What becomes of infinity and NaN.
struct NonFinite {
  double infinity;   ///< the result for infinity times 1; infinity or NaN if it is kept
  double overflow;   ///< the result for a product beyond the largest number
  bool nan_dropped;  ///< NaN times 1, or 1 times NaN, is not NaN
};
NonFinite non_finite(const Dot& dot, Precision precision);

}  // namespace convict::oracle::probes
