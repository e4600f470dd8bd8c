// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <fmt/format.h>

#include "fuzz/acceptance.hpp"
#include "fuzz/campaign.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

constexpr std::size_t share_of_trials = 1000;  // about 4,000 calls

/// Of a search for one kernel, small as a suite is.
fuzz::Space space_for(const sandbox::Subject& subject, const Selection& selection) {
  constexpr double products = 3e5;
  fuzz::Space space{.products = products, .large = false};
  std::erase_if(space.passes, [&](Pass pass) { return !selection.wants(pass); });
  space.precisions = {all_precisions.begin(), all_precisions.end()};
  std::erase_if(space.precisions, [&](Precision precision) { return !selection.wants(precision); });
  return fuzz::within_reach(space, {&subject, 1});
}

std::string note_on(const std::string& kernel, std::size_t ran, const fuzz::Derived& derived) {
  const std::string text =
      fmt::format("{} was called in {} of the suite; {} inside what it accepts {} added", kernel,
                  reports::counted(ran, "trial"), reports::counted(derived.trials.size(), "trial"),
                  derived.trials.size() == 1 ? "was" : "were");
  return derived.complete ? text : text + ", and no other problem that it accepts was found";
}

}  // namespace

void RunCounter::trial(const TrialResult& result) {
  if (was_run(result)) ++run_[result.kernel];
  to_.trial(result);
}

std::size_t RunCounter::trials_run(const std::string& kernel) const {
  const auto found = run_.find(kernel);
  return found == run_.end() ? 0 : found->second;
}

void complete_suite(std::span<const sandbox::Subject> subjects, const Selection& selection,
                    RunCounter& observer, const run::RunOptions& options, run::RunEnd& end) {
  for (const sandbox::Subject& subject : subjects) {
    const std::size_t ran = observer.trials_run(subject.kernel.name);
    if (ran >= share_of_trials || options.stop->load()) continue;
    fuzz::Space space = space_for(subject, selection);
    if (space.passes.empty() || space.precisions.empty()) continue;
    space = fuzz::with_accepted(std::move(space), {&subject, 1});
    const fuzz::Derived derived = fuzz::derived_trials(space, share_of_trials - ran);
    end.notes.push_back(note_on(subject.kernel.name, ran, derived));
    end += run::run_suite(derived.trials, {&subject, 1}, observer, options);
  }
}

}  // namespace convict::cli
