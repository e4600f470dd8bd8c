#pragma once

#include "oracle/probes/dot.hpp"

namespace convict::oracle::probes {

// Each function asks one question. The arithmetic is IEEE 754's or somebody's idea of it; compare
// Fasi, Higham, Mikaitis, Pranesh, Numerical Behavior of NVIDIA Tensor Cores, PeerJ CS 7, 2021,
// who ask tensor cores in the same way.

/// Digits of 1 + 2^-k, in either operand, that survive a product with 1; at most the storage's.
int input_digits(const Dot& dot, Precision precision);

/// Whether inputs that are read with `digits` digits are cut and not rounded to nearest.
bool truncates_inputs(const Dot& dot, int digits);

/// The first k with 2^k + 1 - 2^k not 1, in the worst of several orders and places; at most 60, for
/// f16 storage 30.
int accumulator_digits(const Dot& dot, Precision precision);

/// Whether 2^p + 1.5 - 2^p, or its negative, comes out as 0 in some order, p the accumulator's
/// digits: rounding to nearest gives 2 in every order.
bool truncates_sums(const Dot& dot, Precision precision, int digits);

/// Whether 1 + 3/4 of a unit in the last place of the storage format is stored as 1. Only where
/// sums have more digits than that.
bool truncates_results(const Dot& dot, Precision precision);

/// Whether an operand below the smallest normal number counts.
bool keeps_subnormal_inputs(const Dot& dot, Precision precision);

/// Whether products and sums below the smallest normal number are not zero.
bool keeps_subnormal_results(const Dot& dot, Precision precision);

}  // namespace convict::oracle::probes
