// SPDX-License-Identifier: Apache-2.0
// bench_causes [NAME] [problems]: what the search says of the cause of each mutant's fault, and how
// that compares with the condition under which the fault shows (Mutant::triggered), on problems
// that the search would draw. Each mutant whose name contains NAME is tried in this process. Not a
// test: run it by hand.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "core/spec_text.hpp"
#include "fuzz/causes/find_cause.hpp"
#include "fuzz/generator.hpp"
#include "fuzz/shrink/shrink.hpp"
#include "mutants/mutants.hpp"
#include "oracle/checks/checks.hpp"

namespace {

using namespace convict;

constexpr std::size_t most_searched = 6000;

struct Agreement {
  std::size_t problems = 0, both = 0, says_too_much = 0, says_too_little = 0;
  std::string too_much{}, too_little{};
};

fuzz::Space space_for(std::uint64_t seed) {
  fuzz::Space space;
  space.seed = seed;
  space.passes = {all_passes.begin(), all_passes.end()};
  space.precisions = {Precision::f64, Precision::f32, Precision::bf16, Precision::f16};
  return space;
}

/// Carries out a trial; a finding, nothing (refused, mistrusted), or a pass.
std::optional<bool> fails(const Trial& trial, const sandbox::Subject& subject,
                          sandbox::Sandbox& sandbox, Verdict& verdict) {
  oracle::Cases cases;
  verdict = oracle::carry_out(trial, subject, sandbox, cases);
  if (verdict.outcome == Outcome::pass) return false;
  return is_finding(verdict.outcome) ? std::optional(true) : std::nullopt;
}

Agreement compare(const fuzz::Formula& formula, const mutants::Mutant& mutant, const Trial& found,
                  std::size_t problems) {
  Agreement agreement;
  const fuzz::Space space = space_for(991);
  const fuzz::Weights weights = fuzz::first_weights();
  for (std::size_t i = 0; agreement.problems < problems; ++i) {
    Trial trial = fuzz::trial_at(space, i, weights);
    if (why_invalid(trial.spec) || flops(trial.spec) > 200'000 ||
        std::max({input_elements(trial.spec), output_elements(trial.spec)}) > 50'000)
      continue;
    trial.recipe.check = found.recipe.check;
    if (oracle::check_named(trial.recipe.check).does_not_apply != nullptr &&
        oracle::check_named(trial.recipe.check).does_not_apply(trial))
      continue;
    ++agreement.problems;
    const bool says = formula.holds(trial);
    const bool is = mutant.triggered(trial);
    agreement.both += static_cast<std::size_t>(says && is);
    if (says && !is && agreement.says_too_much++ == 0) agreement.too_much = to_string(trial);
    if (!says && is && agreement.says_too_little++ == 0) agreement.too_little = to_string(trial);
  }
  return agreement;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  const std::size_t problems = argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 1000;
  const fuzz::Space space = space_for(0);
  const fuzz::Weights weights = fuzz::first_weights();
  std::size_t all = 0, told = 0, equivalent = 0, close = 0, contradicted = 0;
  double seconds = 0;
  for (const mutants::Mutant& mutant : mutants::all_mutants()) {
    if (mutant.kernel.name.find(wanted) == std::string::npos) continue;
    const sandbox::Subject subject = sandbox::in_process(mutant.kernel);
    const auto sandbox = subject.open();
    Verdict verdict;
    std::optional<Trial> found;
    fuzz::Experiment experiment;
    for (std::size_t i = 0; i < most_searched && !found; ++i) {
      const Trial trial = fuzz::trial_at(space, i, weights);
      const auto failed = fails(trial, subject, *sandbox, verdict);
      if (failed && *failed) found = trial;
      if (failed && !*failed) experiment.known.push_back({trial, false});
    }
    if (!found || why_invalid(found->spec)) {
      fmt::print("{:<36} {}\n", mutant.kernel.name, found ? "invalid problem" : "not found");
      continue;
    }
    if (experiment.known.size() > 256)
      experiment.known.erase(experiment.known.begin(), experiment.known.end() - 256);
    ++all;
    const fuzz::Shrunk shrunk = fuzz::shrink_finding(*found, verdict, subject, *sandbox, 5);
    experiment.minimum = shrunk.trial;
    experiment.time_s = 20;  // the number of probes is the limit
    experiment.fails = [&](const Trial& trial) {
      Verdict again;
      return fails(trial, subject, *sandbox, again);
    };
    experiment.draw = [&](std::size_t i) { return fuzz::trial_at(space_for(77), i, weights); };
    const auto begin = std::chrono::steady_clock::now();
    const fuzz::Cause cause = fuzz::find_cause(experiment);
    const double took =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    seconds += took;
    const std::string text = fuzz::cause_text(cause);
    const bool says = text.starts_with("fails");
    told += static_cast<std::size_t>(says);
    const Agreement agreement = compare(cause.formula, mutant, shrunk.trial, problems);
    const std::size_t differ = agreement.says_too_much + agreement.says_too_little;
    equivalent += static_cast<std::size_t>(says && differ == 0);
    close += static_cast<std::size_t>(says && differ * 100 <= agreement.problems);
    contradicted += static_cast<std::size_t>(says && agreement.says_too_much > 0);
    fmt::print("{:<36} {} {:>4} both {:>3} too much {:>3} too little  {:.1f} s  {}\n    {}\n",
               mutant.kernel.name,
               !says         ? "silent "
               : differ == 0 ? "equal  "
                             : "differs",
               agreement.both, agreement.says_too_much, agreement.says_too_little, took,
               to_string(shrunk.trial), text);
    if (!agreement.too_much.empty()) fmt::print("    too much: {}\n", agreement.too_much);
    if (!agreement.too_little.empty()) fmt::print("    too little: {}\n", agreement.too_little);
    std::fflush(stdout);
  }
  fmt::print(
      "{} mutants with a valid minimum, {} causes told: {} equivalent on {} problems, {} on 99 % "
      "of them, {} say too much somewhere; {:.0f} s of probing\n",
      all, told, equivalent, problems, close, contradicted, seconds);
}
