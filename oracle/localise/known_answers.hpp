// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "oracle/truth/case.hpp"

namespace convict::oracle {

/// A wrong result, all elements of it.
struct WrongResult {
  const Case& known;
  const reference::Truth& truth;  ///< of every element
  std::span<const double> subject;
  std::span<const index_t> wrong;  ///< offsets of wrong elements; the first ones are enough
  double tolerance = 0;  ///< largest error of an element that is taken for equal; 0: must be exact
};

/// Whether a wrong result is what a known mistake gives: "the result is that of dilation 1". Every
/// mistake of a table (known_answers.cpp) that can change this problem is carried out: dilation,
/// stride, flip, groups or padding ignored or shifted, axes exchanged, images left out, alpha, beta
/// or the rounding before beta wrong. One is named if all elements agree with it and a wrong
/// element is not zero; two are named together. Empty where none fits or more than two do, and for
/// problems too large to try.
std::string known_answer(const WrongResult& result);

}  // namespace convict::oracle
