// SPDX-License-Identifier: Apache-2.0
#include "oracle/truth/memory_needed.hpp"

#include "core/problem.hpp"

namespace convict::oracle {
namespace {

double elements_of_all(const ConvSpec& spec) {
  return static_cast<double>(input_elements(spec)) + static_cast<double>(filter_elements(spec)) +
         static_cast<double>(output_elements(spec));
}

}  // namespace

double bytes_of_trial(const ConvSpec& spec) { return elements_of_all(spec) * bytes_judged; }

std::optional<std::string> why_too_large(const ConvSpec& spec, const MemoryBudget& budget) {
  return budget.why_too_large("a trial takes about",
                              elements_of_all(spec) * (bytes_judged + bytes_worked_on));
}

std::optional<std::string> why_too_spread(const Trial& trial, const MemoryBudget& budget) {
  if (trial.recipe.pitch == 0 && trial.recipe.steps == Steps{}) return std::nullopt;
  const TensorShapes shapes = problem_of(trial).shapes;
  const double elements = static_cast<double>(shapes.input.span()) +
                          static_cast<double>(shapes.filters.span()) +
                          static_cast<double>(shapes.output.span());
  // The tensors, and a copy of one of them when gaps are compared.
  return budget.why_too_large("with its gaps a trial takes about",
                              2 * elements * static_cast<double>(bytes_of(trial.precision)));
}

}  // namespace convict::oracle
