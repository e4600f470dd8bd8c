// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/verdict.hpp"
#include "oracle/bounds/bounds.hpp"
#include "reference/truth.hpp"

namespace convict::oracle {

/// The comparison of every element of `subject` with the truth. An element is right when
///   the truth is finite:  |subject - truth| <= bound, written so that NaN is wrong
///   the truth is NaN or infinite:  the subject is NaN, or the same infinity
///   it is ambiguous (a non-finite operand is multiplied with padding):  one of the above, or NaN
///   the claimed transform loses it (its tile holds a non-finite operand):  unless the truth is NaN
///     or infinite and the subject is finite
///   alpha or beta is infinite in the accumulator, or alpha zero and the sum infinite:  NaN as well
///   the truth, or a number within the bound, rounds to infinity:  the subject is that infinity
///   a partial sum may round to infinity:  the same if all terms have one sign, else any infinity
///     or NaN as well
/// A finite number that is further from a truth beyond the largest number than the bound is wrong:
/// results do not saturate.
struct Comparison {
  struct Outlier {
    index_t at;
    double outside;  ///< error in units of the bound, or the error if exact; infinite for NaN
  };
  static constexpr std::size_t first_kept = 16;
  static constexpr std::size_t elements_kept = std::size_t{1} << 16;

  index_t wrong = 0;
  std::vector<index_t> first;           ///< wrong elements in index order, at most first_kept
  std::vector<index_t> wrong_elements;  ///< the same, at most elements_kept
  std::vector<Outlier> furthest;        ///< wrong elements, furthest first, at most first_kept
  double worst_ratio =
      0;  ///< largest |subject - truth| / bound, over elements with a finite truth and a bound > 0
  double worst_relative = 0;  ///< largest |subject - truth| / S, of the same elements, S > 0
  index_t worst = -1;  ///< the wrong element furthest outside its bound; NaN is furthest of all
  index_t non_integers =
      0;  ///< exact only: wrong elements that are not even on the grid of possible results
  index_t lost = 0;        ///< elements for which the claimed transform may return anything
  double widest = 0;       ///< the widest bound of an element with at least one product
  index_t widest_at = -1;  ///< that element
  double squares = 0;      ///< sum of (subject - truth)^2 over elements where both are finite
  /// Elements for which the data say anything (some term is not zero), and those of them at which
  /// an answer of zero is within the bound. As |0 - y| = |2 y - y|, twice the answer is there, too.
  index_t telling = 0;
  index_t zeros_pass = 0;
  index_t doubled_pass =
      0;  ///< zeros_pass, and those at which both are right to be infinite or NaN
  /// Telling elements whose next one has another truth, and those of them at which the next one's
  /// truth is within the bound: an answer moved by one place passes there.
  index_t differing = 0;
  index_t moved_pass = 0;

  /// zeros_pass / telling, 0 without telling elements.
  double zeros_share() const {
    return telling > 0 ? static_cast<double>(zeros_pass) / static_cast<double>(telling) : 0;
  }
};

/// Exact: the truth rounded once to the format, numerically equal (+0 equals -0). `grid` is the
/// distance between possible results (alpha and beta are multiples of it).
Comparison compare_exactly(std::span<const double> subject, const reference::Truth& truth,
                           FloatFormat format, double grid);

/// Within the bound of each element.
Comparison compare_within(std::span<const double> subject, const reference::Truth& truth,
                          const Bound& bound);

/// What the bound of element `at` depends on.
ElementSize element_size(const reference::Truth& truth, const Bound& bound, std::size_t at);

/// Whether a subject is a right answer to a finite truth whatever its error, because the result or
/// a partial sum is too large for its format: NaN or infinite, or, where additions round toward
/// zero and stop at the largest number (IEEE 754-2019, 7.4), finite.
bool overflows_rightly(double subject, const Bound& bound, const ElementSize& element,
                       double truth);

/// The bound of element `at`.
double bound_at(const reference::Truth& truth, const Bound& bound, std::size_t at);

}  // namespace convict::oracle
