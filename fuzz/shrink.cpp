#include "fuzz/shrink.hpp"

#include <chrono>

#include "fuzz/reductions.hpp"
#include "oracle/checks.hpp"

namespace convict::fuzz {
namespace {

/// Wrong values are wrong values, whether the data are such that they must be exact or not.
bool same_layer(const std::string& a, const std::string& b) {
  const auto judges_values = [](const std::string& layer) {
    return layer == "exact" || layer == "bound";
  };
  return a == b || (judges_values(a) && judges_values(b));
}

}  // namespace

Shrunk shrink(const Trial& trial, double time_s,
              const std::function<bool(const Trial&)>& still_fails) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(time_s);
  Shrunk best{.trial = trial};
  bool reduced = true;
  while (reduced) {
    reduced = false;
    for (const Trial& candidate : smaller(best.trial)) {
      if (Clock::now() >= end) return best;
      ++best.attempts;
      if (!still_fails(candidate)) continue;
      best.trial = candidate;
      reduced = true;
      break;
    }
  }
  best.minimal = true;
  return best;
}

Shrunk shrink_finding(const Trial& trial, const Verdict& verdict, const oracle::Subject& subject,
                      oracle::Custody& custody, double time_s) {
  if (verdict.outcome == Outcome::hung) return {.trial = trial};
  oracle::Cases cases;
  return shrink(trial, time_s, [&](const Trial& candidate) {
    const Verdict again = oracle::carry_out(candidate, subject, custody, cases);
    // What shows in a plain comparison needs no relation to show it.
    const bool plainer =
        candidate.recipe.check == Recipe{}.check && trial.recipe.check != Recipe{}.check;
    return again.outcome == verdict.outcome && (plainer || same_layer(again.layer, verdict.layer));
  });
}

}  // namespace convict::fuzz
