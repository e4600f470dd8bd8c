// SPDX-License-Identifier: Apache-2.0
#include "fuzz/shrink/shrink.hpp"

#include <chrono>
#include <utility>

#include "fuzz/shrink/reductions.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::fuzz {
namespace {

using Clock = std::chrono::steady_clock;
using StillFails = std::function<bool(const Trial&)>;

/// Both compare the values of a result: they count as one layer.
bool judges_values(const std::string& layer) { return layer == "exact" || layer == "bound"; }
bool same_layer(const std::string& a, const std::string& b) {
  return a == b || (judges_values(a) && judges_values(b));
}

/// Takes the first candidate of `propose` that still fails, again and again, until there is none.
void reduce(Shrunk& best, Clock::time_point end, std::vector<Trial> (*propose)(const Trial&),
            const StillFails& still_fails) {
  best.minimal = false;
  bool reduced = true;
  while (reduced) {
    reduced = false;
    for (const Trial& candidate : propose(best.trial)) {
      if (Clock::now() >= end) return;
      ++best.attempts;
      if (!still_fails(candidate)) continue;
      best.steps.push_back(std::exchange(best.trial, candidate));
      reduced = true;
      break;
    }
  }
  best.minimal = true;
}

/// Reduces each operand to one element that is not zero, then the trial again. Does nothing when
/// the trial fails on zeros, too: then the fault does not depend on the data.
void reduce_data(Shrunk& best, Clock::time_point end, const StillFails& still_fails) {
  Trial zeros = best.trial;
  for (Kept& kept : zeros.recipe.only) kept = {.which = Kept::Which::none};
  if (!best.minimal || Clock::now() >= end || still_fails(zeros)) return;
  reduce(best, end, fewer_elements, still_fails);
  if (best.minimal) reduce(best, end, smaller, still_fails);
}

Clock::time_point end_after(double time_s) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_s));
}

}  // namespace

Shrunk shrink(const Trial& trial, double time_s, const StillFails& still_fails) {
  Shrunk best{.trial = trial};
  reduce(best, end_after(time_s), smaller, still_fails);
  return best;
}

Shrunk shrink_finding(const Trial& trial, const Verdict& verdict, const sandbox::Subject& subject,
                      sandbox::Sandbox& sandbox, double time_s) {
  if (verdict.outcome == Outcome::hung) return {.trial = trial};
  oracle::Cases cases;
  const auto still_fails = [&](const Trial& candidate) {
    const Verdict again = oracle::carry_out(candidate, subject, sandbox, cases);
    // A fault that the plain check finds needs no other check, whatever its layer is.
    const bool plainer =
        candidate.recipe.check == Recipe{}.check && trial.recipe.check != Recipe{}.check;
    return again.outcome == verdict.outcome && (plainer || same_layer(again.layer, verdict.layer));
  };
  const auto end = end_after(time_s);
  Shrunk best{.trial = trial};
  reduce(best, end, smaller, still_fails);
  const bool judged = best.trial.recipe.check == Recipe{}.check;
  if (judged && (judges_values(verdict.layer) || trial.recipe.check != Recipe{}.check))
    reduce_data(best, end, still_fails);
  return best;
}

}  // namespace convict::fuzz
