// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::fuzz {

/// A way to make a trial simpler: appends candidates, the largest step first. Each has some
/// quantity nearer to its simplest value and none further away (but input may replace padding, and
/// padding a border mode), so that reducing comes to an end. Candidates need not be valid.
struct Reduction {
  std::string_view name;
  void (*propose)(const Trial& trial, std::vector<Trial>& candidates);
};

/// Axes first, then sizes, parameters, and the recipe.
std::span<const Reduction> reductions();

/// Candidates that keep one element of an operand, each in turn, and replace the others by zeros:
/// those of the second operand first, the lowest index first. Operands with fewer than 2 or more
/// than 4096 elements, and those already reduced, are left alone.
std::vector<Trial> fewer_elements(const Trial& trial);

/// The candidates of all reductions that have a valid spec if `trial` has one, else an invalid one,
/// and that cost no more than `trial` or 1e5 multiply-adds and elements.
std::vector<Trial> smaller(const Trial& trial);

}  // namespace convict::fuzz
