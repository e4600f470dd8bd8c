// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "core/trial.hpp"

namespace convict::datasets {

/// Which elements of an operand a recipe puts into the same memory (steps of 0).
class Repetition {
 public:
  /// Of the trial's first (image-like) or second operand, 0 or 1. The spec must be valid.
  Repetition(const Trial& trial, std::size_t operand);

  /// False: every element has memory of its own.
  bool any() const { return any_; }
  /// The first element, in row-major order, that lies where element `at` lies.
  std::size_t first(std::size_t at) const;
  /// True when all elements that lie in the same memory have the same value.
  bool holds(const std::vector<double>& values) const;
  /// Gives all elements that lie in the same memory the value of the first.
  void apply(std::vector<double>& values) const;

 private:
  /// An axis: its extent, and the elements that a step along it skips; 0 where it is repeated.
  struct Axis {
    std::size_t extent;
    std::size_t step;
  };
  bool any_ = false;
  std::vector<Axis> axes_;  ///< from the fastest to the slowest
};

}  // namespace convict::datasets
