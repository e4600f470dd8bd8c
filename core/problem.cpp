// SPDX-License-Identifier: Apache-2.0
#include "core/problem.hpp"

namespace convict {

bool is_dense_nchw(const Problem& problem) {
  return !why_invalid(problem.spec) && problem.shapes == shapes_of(problem.spec);
}

TensorShapes shapes_of(const ConvSpec& spec, const Recipe& recipe, Pass pass) {
  return shapes_of(spec, recipe.layout, recipe.pitch, without_repeated_result(recipe.steps, pass));
}

Problem problem_of(const Trial& trial) {
  return {.spec = trial.spec,
          .pass = trial.pass,
          .precision = trial.precision,
          .alpha = trial.recipe.alpha,
          .beta = trial.recipe.beta,
          .threads = trial.recipe.threads,
          .shapes = shapes_of(trial.spec, trial.recipe, trial.pass)};
}

}  // namespace convict
