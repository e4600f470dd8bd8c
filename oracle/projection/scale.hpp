// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.hpp"
#include "datasets/exact_limits.hpp"
#include "oracle/projection/projection.hpp"
#include "oracle/projection/ring.hpp"

namespace convict::oracle {

/// alpha and beta of a question as integers: both are multiplied by 2^q, as the result is, where
/// 2^-q is the grid.
struct ExactScale {
  Word alpha = 1;
  Word beta = 0;
  Reading result;  ///< which values the result's elements may have
};

/// Throws SpecError when a sum within the limits may be rounded in T, or when alpha or beta is no
/// multiple of the grid.
template <class T>
ExactScale exact_scale(const ExactQuestion<T>& question, const datasets::ExactLimits& limits) {
  const double reach = std::fabs(question.alpha) * static_cast<double>(limits.products) *
                           static_cast<double>(limits.product_limit) +
                       std::fabs(question.beta) * static_cast<double>(limits.old_limit);
  const double scale = 1 / limits.grid;
  const double largest = std::ldexp(1.0, std::min(std::numeric_limits<T>::digits, 51));
  if (!(reach * scale <= largest))
    throw SpecError("a projection needs results that no order of summation rounds");
  const Reading integer{.scale = scale, .limit = integer_limit<double>};
  if (!is_possible(question.alpha, integer) || !is_possible(question.beta, integer))
    throw SpecError("a projection needs alpha and beta on the grid of its limits");
  return {.alpha = to_word(question.alpha * scale),
          .beta = to_word(question.beta * scale),
          .result = {.scale = scale, .limit = reach * scale}};
}

}  // namespace convict::oracle
