// SPDX-License-Identifier: Apache-2.0
#include "fuzz/shrink/confirm.hpp"

#include <array>
#include <optional>
#include <string_view>

#include "oracle/checks/checks.hpp"

namespace convict::fuzz {
namespace {

/// A trial that came back this often in a row is taken to come back always.
constexpr int enough_in_a_row = 3;

/// Checks that make a sequence of calls which does not depend on what was called before.
constexpr std::array<std::string_view, 6> sequences = {"repeat",  "many_calls", "other_problem",
                                                       "scaling", "workspace",  "larger_problem"};

class InNewWorkers {
 public:
  InNewWorkers(const Verdict& verdict, const sandbox::Subject& subject, sandbox::Sandbox& sandbox)
      : verdict_(verdict), subject_(subject), sandbox_(sandbox) {}

  bool fails(const Trial& trial) const {
    oracle::Cases cases;
    sandbox_.renew();
    return oracle::carry_out(trial, subject_, sandbox_, cases).outcome == verdict_.outcome;
  }

  Trial reduced(const Trial& trial, double time_s) const {
    return shrink(trial, time_s, [this](const Trial& candidate) { return fails(candidate); }).trial;
  }

  Confirmed replayed(const Trial& trial, int failed, int of) const {
    while (failed == of && of < enough_in_a_row) {
      failed += static_cast<int>(fails(trial));
      ++of;
    }
    if (failed == of && trial.recipe.disturb == 0) return {.trial = trial};
    for (; of < most_replays; ++of) failed += static_cast<int>(fails(trial));
    if (failed == of) return {.trial = trial};
    return {.trial = trial, .replays = of, .came_back = failed};
  }

 private:
  const Verdict& verdict_;
  const sandbox::Subject& subject_;
  sandbox::Sandbox& sandbox_;
};

/// The trial under the first check that finds the fault with a sequence of calls of its own.
std::optional<Trial> as_sequence(const Trial& trial, const InNewWorkers& workers) {
  constexpr std::uint64_t seeds = 4;  // which parameters differ between the calls
  if (why_invalid(trial.spec)) return std::nullopt;
  for (const std::string_view name : sequences)
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      Trial sequence = trial;
      sequence.recipe.check = name;
      sequence.recipe.seed = seed;
      sequence.recipe.only = {};
      const auto& check = oracle::check_named(name);
      if (check.does_not_apply(sequence)) sequence.recipe.fill = "exact";
      if (!check.does_not_apply(sequence) && workers.fails(sequence)) return sequence;
    }
  return std::nullopt;
}

}  // namespace

Confirmed confirm(const Shrunk& shrunk, const Verdict& verdict, const sandbox::Subject& subject,
                  sandbox::Sandbox& sandbox, double time_s) {
  if (verdict.outcome == Outcome::hung) return {.trial = shrunk.trial};
  const InNewWorkers workers(verdict, subject, sandbox);
  if (workers.fails(shrunk.trial)) return workers.replayed(shrunk.trial, 1, 1);
  for (auto larger = shrunk.steps.rbegin(); larger != shrunk.steps.rend(); ++larger)
    if (workers.fails(*larger)) return workers.replayed(workers.reduced(*larger, time_s), 1, 1);
  const Trial& original = shrunk.steps.empty() ? shrunk.trial : shrunk.steps.front();
  if (const auto sequence = as_sequence(original, workers))
    return workers.replayed(workers.reduced(*sequence, time_s), 1, 1);
  return workers.replayed(original, 0, 1);
}

}  // namespace convict::fuzz
