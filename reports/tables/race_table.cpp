// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/race_table.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/json.hpp"
#include "reports/words.hpp"

namespace convict::reports {
namespace {

using timing::Finish;
using timing::Race;
using timing::Ratio;

bool was_timed(const Finish& finish) { return !finish.times_ms.empty(); }

bool is_faster(const Finish& finish, const Finish* than) {
  return than == nullptr || timing::median(finish.times_ms) < timing::median(than->times_ms);
}

const Finish* baseline_of(const Race& race, const std::string& against) {
  const Finish* fastest = nullptr;
  const Finish* named = nullptr;
  for (const Finish& finish : race.finishes) {
    if (!was_timed(finish)) continue;
    if (is_faster(finish, fastest)) fastest = &finish;
    if (::fnmatch(against.c_str(), finish.kernel.c_str(), 0) == 0 && is_faster(finish, named))
      named = &finish;
  }
  return named != nullptr ? named : fastest;
}

/// The speed of `finish` in units of the baseline's, from the rounds that both took part in.
Ratio speed(const Finish& baseline, const Finish& finish, const Race& race) {
  const std::size_t rounds = std::min(baseline.times_ms.size(), finish.times_ms.size());
  const std::span<const double> of(baseline.times_ms.data(), rounds);
  const std::span<const double> to(finish.times_ms.data(), rounds);
  return timing::ratio_of_medians(of, to, race.trial.recipe.seed);
}

std::string line_of(const Finish& finish, const Finish* baseline, const Race& race) {
  if (!was_timed(finish) || baseline == nullptr)
    return fmt::format("  {:<28} not timed: {}\n", printable(finish.kernel),
                       printable(finish.excluded.value_or("stopped before")));
  const Ratio ratio = speed(*baseline, finish, race);
  return fmt::format(
      "  {:<28} {:>10.4g} {:>10.4g} {:>10.4g} {:>9.4g} {:>6} {:>7.3f} [{:.3f}, {:.3f}]\n",
      printable(finish.kernel), timing::median(finish.times_ms),
      timing::quantile(finish.times_ms, 0.25), timing::quantile(finish.times_ms, 0.75),
      finish.gflop_per_s,
      finish.of_ceiling > 0 ? fmt::format("{:.0f}%", 100 * finish.of_ceiling) : "-", ratio.value,
      ratio.low, ratio.high);
}

}  // namespace

std::string race_table(const Race& race, const std::string& against) {
  const Finish* const baseline = baseline_of(race, against);
  std::string text = to_string(race.trial) + "\n";
  if (baseline != nullptr)
    text += fmt::format("  {:<28} {:>10} {:>10} {:>10} {:>9} {:>6} {:>7}\n", "kernel", "median_ms",
                        "q1_ms", "q3_ms", "gflop/s", "of max", "speed");
  for (const Finish& finish : race.finishes) text += line_of(finish, baseline, race);
  if (race.noise)
    text += fmt::format("  noise: a kernel against itself {:.3f} [{:.3f}, {:.3f}]\n",
                        race.noise->value, race.noise->low, race.noise->high);
  return text;
}

std::string race_json(const Race& race, const std::string& against) {
  const Finish* const baseline = baseline_of(race, against);
  Json finishes = Json::array();
  for (const Finish& finish : race.finishes) {
    Json json = {{"kernel", finish.kernel}};
    if (finish.excluded) json["excluded"] = *finish.excluded;
    if (was_timed(finish)) {
      const Ratio ratio = speed(*baseline, finish, race);
      json["median_ms"] = timing::median(finish.times_ms);
      json["gflop_per_s"] = finish.gflop_per_s;
      json["of_ceiling"] = finish.of_ceiling;
      json["speed"] = {ratio.value, ratio.low, ratio.high};
      json["times_ms"] = finish.times_ms;
    }
    finishes.push_back(std::move(json));
  }
  Json json = {{"trial", to_string(race.trial)},
               {"baseline", baseline != nullptr ? Json(baseline->kernel) : Json(nullptr)},
               {"finishes", std::move(finishes)}};
  if (race.noise) json["noise"] = {race.noise->value, race.noise->low, race.noise->high};
  return dump(json);
}

std::vector<Standing> standings(std::span<const Race> races, const std::string& against) {
  std::vector<Standing> all;
  for (const Race& race : races) {
    const Finish* const baseline = baseline_of(race, against);
    for (const Finish& finish : race.finishes) {
      auto standing = std::ranges::find(all, finish.kernel, &Standing::kernel);
      if (standing == all.end())
        standing = all.insert(all.end(), {.kernel = finish.kernel,
                                          .worst = std::numeric_limits<double>::infinity(),
                                          .worst_trial = {}});
      if (!was_timed(finish)) continue;
      const double ratio = timing::median(baseline->times_ms) / timing::median(finish.times_ms);
      ++standing->timed;
      standing->geomean += std::log(ratio);  // the sum, until the end
      if (ratio >= standing->worst) continue;
      standing->worst = ratio;
      standing->worst_trial = to_string(race.trial);
    }
  }
  for (Standing& standing : all)
    if (standing.timed > 0)
      standing.geomean = std::exp(standing.geomean / static_cast<double>(standing.timed));
  return all;
}

std::string standings_table(std::span<const Race> races, const std::string& against) {
  const std::string baseline = against.empty() ? "the fastest" : printable(against);
  std::string text;
  for (const Standing& standing : standings(races, against))
    text += standing.timed == 0
                ? fmt::format("{:<30} not timed\n", printable(standing.kernel))
                : fmt::format("{:<30} {:>4}  geomean {:.3f} of {}, worst {:.3f} ({})\n",
                              printable(standing.kernel), counted(standing.timed, "problem"),
                              standing.geomean, baseline, standing.worst, standing.worst_trial);
  return text;
}

}  // namespace convict::reports
