#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/trial.hpp"

namespace convict::fuzz {

/// A way to make a trial simpler: adds candidates, the boldest first. Each has some quantity nearer
/// to its simplest value and none further away (but input may take the place of padding, and
/// padding that of a border mode), so that reducing comes to an end. Candidates need not be valid.
struct Reduction {
  std::string_view name;
  void (*propose)(const Trial& trial, std::vector<Trial>& candidates);
};

/// Axes first, then sizes, parameters, and the recipe.
std::span<const Reduction> reductions();

/// The trial with one element of an operand, each in turn, and zeros in place of the others: of the
/// second operand first, the lowest index first. Operands that are very large, or have one element
/// as it is, stay.
std::vector<Trial> fewer_elements(const Trial& trial);

/// What all reductions make of `trial`: convolutions, or no convolutions if it is none itself, that
/// are not much dearer to compute.
std::vector<Trial> smaller(const Trial& trial);

}  // namespace convict::fuzz
