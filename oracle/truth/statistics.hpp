#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/trial.hpp"
#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// Errors of one class of elements in units of u S (unit roundoff of the accumulator times the sum
/// of absolute products): what summation order and rounding leave, comparable between elements.
struct ErrorStatistics {
  std::string elements;  ///< "all", "column 12", "channels 3 mod 8", ...
  index_t count = 0;
  double root_mean_square = 0;
  double mean = 0;  ///< far from 0 for rounding to one side
};

/// Statistics of the whole result and of those rows, columns, channels and residue classes (mod 4,
/// 8, 16, of channels and of the last axis) that differ most from it, the most unusual first:
/// ordered by |ln(mean square / mean square of all)| sqrt(count / 2), which for independent normal
/// errors is about standard normal; only those above `unusual`. They steer and locate and never
/// convict: right kernels sum tails differently.
///
/// `errors` is dense and row-major, NaN where an element has no such error.
std::vector<ErrorStatistics> error_statistics(const Trial& trial, std::span<const double> errors);

inline constexpr double unusual = 6;

/// (result - truth) / (u S) of every element; NaN where S is 0 or the truth is no number. Empty
/// where the case does not know every element, or the result must be exact.
std::vector<double> errors_in_roundoffs(const Case& known, const Claims& claims,
                                        std::span<const double> result);

}  // namespace convict::oracle
