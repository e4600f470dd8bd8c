// SPDX-License-Identifier: Apache-2.0
// Trial text: what parses has a canonical text that parses to the same trial; where its tensors lie
// is either within 64 bits or a SpecError; a plug-in can be told of any of them.
#include "core/geometry.hpp"
#include "core/problem.hpp"
#include "core/spec_text.hpp"
#include "core/trial.hpp"
#include "sandbox/wire/plugin_problem.hpp"
#include "tests/fuzzing/target.hpp"

namespace convict::fuzzing {
namespace {

/// As a kernel is asked whether it takes the problem: those that are no convolutions have no
/// shapes.
Problem question_of(const Trial& trial) {
  if (!why_invalid(trial.spec)) return problem_of(trial);
  return {.spec = trial.spec,
          .pass = trial.pass,
          .precision = trial.precision,
          .alpha = trial.recipe.alpha,
          .threads = trial.recipe.threads};
}

void check_problem(const Trial& trial) {
  const auto problem = parsed([&] { return question_of(trial); });
  if (!problem) return;
  const convict_problem told = sandbox::plugin_problem(*problem);
  require_same(told.alpha, trial.recipe.alpha, "alpha");
  require_same(told.threads, trial.recipe.threads, "threads");
  const bool is_valid = !why_invalid(trial.spec);
  for (const std::int64_t extent : told.output)
    if ((extent > 0) != is_valid) fail("output extents do not say whether a problem is valid");
}

}  // namespace
}  // namespace convict::fuzzing

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace convict;
  const auto trial = fuzzing::parsed([&] { return parse_trial(fuzzing::text_of(data, size)); });
  if (!trial) return 0;
  const std::string text = to_string(*trial);
  fuzzing::require_same(parse_trial(text), *trial, "a trial and its text");
  fuzzing::require_same(to_string(parse_trial(text)), text, "the text of a trial");
  fuzzing::check_problem(*trial);
  return 0;
}
