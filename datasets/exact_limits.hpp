// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/kernel.hpp"
#include "core/trial.hpp"

namespace convict::datasets {

/// Limits of integer operands for which every partial sum, in any order, is exact, so that all
/// right kernels return the same result.
struct ExactLimits {
  index_t products = 0;       ///< n, the most multiply-adds of one result element
  index_t product_limit = 0;  ///< largest |a * b| that may occur
  index_t operand_limit = 0;  ///< largest |a| and |b| of balanced operands
  index_t wide_limit = 0;     ///< largest |a| when the other operand is +-1
  index_t old_limit = 0;      ///< largest |old result|
  double grid = 1;            ///< 2^-q: every possible result is a multiple of it
};

/// The most multiply-adds of one element of the pass's result: forward C/G prod(k);
/// grad_input K/G prod(k); grad_weights N prod(o), or N when unshared.
index_t most_products(const ConvSpec& spec, Pass pass);

/// Limits with (|alpha| n X W + |beta| Y0) 2^q <= 2^t, where t is the accumulator's digits (31 for
/// f64, which keeps the exact projection's miss probability low; 14 where the result must stay
/// below half of f16's largest number), q makes alpha and beta multiples of 2^-q, and X, W also fit
/// the digits of the format inputs are read in. Nothing when even operands of 1 do not fit, or
/// alpha or beta is no multiple of 2^-8. At most `most` products of an element are not zero; 0: all
/// may be.
std::optional<ExactLimits> exact_limits(const ConvSpec& spec, Pass pass, Precision precision,
                                        double alpha, double beta, const Claims& claims = {},
                                        index_t most = 0);

/// True for arithmetic that does not round with exact operands: direct summation. (Winograd and FFT
/// transform the operands first.)
bool can_be_exact(const Claims& claims);

}  // namespace convict::datasets
