// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/trial.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// Errors of a set of elements, each divided by u S: the unit roundoff u of the accumulator times
/// the sum S of the absolute products of the element. This makes errors of different elements and
/// problems comparable; their size depends on summation order and rounding only.
struct ErrorStatistics {
  std::string elements;  ///< "all", "column 12", "channels 3 mod 8", ...
  index_t count = 0;
  double root_mean_square = 0;
  double mean = 0;  ///< far from 0 for rounding to one side
};

/// Statistics of the whole result, then of those indices of an axis (rows, columns, channels, ...)
/// and residue classes of such indices (mod 4, 8, 16) that differ most from it, ordered by |ln(mean
/// square / mean square of all)| sqrt(count / 2), which for independent normal errors is about
/// standard normal; only those above `unusual`. They guide the search and help to locate a fault,
/// but never decide a verdict: right kernels, too, sum up tails in another order.
///
/// `errors` is dense and row-major, as errors_in_roundoffs returns it.
std::vector<ErrorStatistics> error_statistics(const Trial& trial, std::span<const double> errors);

inline constexpr double unusual = 6;

/// (result - truth) / (u S) of every element; NaN where S is 0 or the error is not finite. Empty
/// where the case's truth does not cover every element, or the result must be exact.
std::vector<double> errors_in_roundoffs(const Case& known, const Claims& claims,
                                        std::span<const double> result);

}  // namespace convict::oracle
