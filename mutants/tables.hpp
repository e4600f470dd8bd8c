// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "mutants/direct.hpp"
#include "mutants/mutants.hpp"
#include "mutants/triggers.hpp"

namespace convict::mutants {

/// The texts of a Mutant.
struct Words {
  std::string_view name;
  std::string_view fault;
  std::string_view fault_class;
  std::string_view intended;
  std::string_view example;  ///< Mutant::example
};

using Run = void (*)(const Problem&, const Buffers&);

/// A mutant for every pass, storage format and strides.
Mutant mutant(const Words& words, Run run, bool (*triggered)(const Trial&));

/// The direct convolution with some parts replaced.
template <const Hooks& hooks>
void convolve_with(const Problem& problem, const Buffers& buffers) {
  convolve(problem, buffers, hooks);
}
template <const Hooks& hooks>
Mutant mutant(const Words& words, bool (*triggered)(const Trial&) = changes_products<hooks>) {
  return mutant(words, convolve_with<hooks>, triggered);
}

/// The mutants of one file each.
std::vector<Mutant> index_mutants();
std::vector<Mutant> width_mutants();
std::vector<Mutant> padding_mutants();
std::vector<Mutant> tail_mutants();
std::vector<Mutant> group_mutants();
std::vector<Mutant> gradient_mutants();
std::vector<Mutant> unshared_mutants();
std::vector<Mutant> dispatch_mutants();
std::vector<Mutant> precision_mutants();
std::vector<Mutant> claim_mutants();
std::vector<Mutant> special_mutants();
std::vector<Mutant> scaling_mutants();
std::vector<Mutant> shape_mutants();
std::vector<Mutant> layout_mutants();
std::vector<Mutant> memory_mutants();
std::vector<Mutant> thread_mutants();
std::vector<Mutant> history_mutants();
std::vector<Mutant> plan_mutants();

}  // namespace convict::mutants
