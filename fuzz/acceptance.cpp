// SPDX-License-Identifier: Apache-2.0
#include "fuzz/acceptance.hpp"

#include <set>
#include <utility>

#include "datasets/shape_sets.hpp"
#include "fuzz/region/accepted.hpp"
#include "fuzz/region/region.hpp"
#include "fuzz/region/seeds.hpp"

namespace convict::fuzz {
namespace {

/// Trials of the search as they are drawn for any kernel, without invalid ones.
std::vector<Trial> ordinary_trials(Space space) {
  constexpr std::size_t count = 300;
  space.accepted = nullptr;
  space.large = false;
  space.widest_bits = 0;
  std::vector<Trial> trials;
  for (std::size_t number = 0; trials.size() < count; ++number) {
    Trial trial = trial_at(space, number, first_weights());
    if (!why_invalid(trial.spec)) trials.push_back(std::move(trial));
  }
  return trials;
}

std::vector<ConvSpec> known_shapes(std::uint64_t seed) {
  constexpr std::size_t plain = 900;
  std::vector<ConvSpec> shapes = plain_shapes(seed, plain);
  for (const datasets::ShapeSet& set : datasets::shape_sets())
    if (set.name != "invalid") shapes.insert(shapes.end(), set.specs.begin(), set.specs.end());
  return shapes;
}

/// What makes two trials the same problem for a kernel.
std::string problem_text(Trial trial) {
  const Recipe drawn = std::exchange(trial.recipe, {});
  copy_request(drawn, trial.recipe);
  return to_string(trial);
}

/// The example that a kernel declares, in every pass, precision and layout.
void add_example(std::vector<Trial>& hints, const Kernel& kernel) {
  if (!kernel.example) return;
  for (const Pass pass : kernel.passes)
    for (const Precision precision : kernel.precisions)
      for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
        Trial trial{.spec = *kernel.example, .pass = pass, .precision = precision, .recipe = {}};
        trial.recipe.layout = layout;
        hints.push_back(trial);
      }
}

}  // namespace

Space with_accepted(Space space, std::span<const sandbox::Subject> subjects,
                    std::span<const Trial> hints) {
  std::vector<Trial> examples(hints.begin(), hints.end());
  for (const sandbox::Subject& subject : subjects) add_example(examples, subject.kernel);
  const Hints given{.passes = space.passes,
                    .precisions = space.precisions,
                    .examples = std::move(examples),
                    .shapes = known_shapes(space.seed)};
  space.accepted = std::make_shared<const Accepted>(subjects, ordinary_trials(space), given);
  return space;
}

std::vector<std::string> notes_on_acceptance(const Space& space) {
  return space.accepted ? space.accepted->notes() : std::vector<std::string>();
}

Derived derived_trials(Space space, std::size_t count) {
  constexpr std::size_t most_in_vain = 600;
  space.widest_bits = 0;
  Derived derived;
  std::set<std::string> seen;
  std::size_t in_vain = 0;
  for (std::size_t number = 0; derived.trials.size() < count && in_vain < most_in_vain; ++number) {
    Trial trial = trial_at(space, number, first_weights());
    ++in_vain;
    if (why_invalid(trial.spec) || seen.contains(problem_text(trial))) continue;
    if (!space.accepted->takes(trial, 0)) continue;
    seen.insert(problem_text(trial));
    derived.trials.push_back(std::move(trial));
    in_vain = 0;
  }
  derived.complete = derived.trials.size() == count;
  return derived;
}

}  // namespace convict::fuzz
