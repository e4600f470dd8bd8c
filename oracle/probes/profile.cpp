// SPDX-License-Identifier: Apache-2.0
#include "oracle/probes/profile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "oracle/bounds/transform_errors.hpp"
#include "oracle/judge/decided.hpp"
#include "oracle/judge/layers.hpp"
#include "oracle/probes/contradictions.hpp"
#include "oracle/probes/dependence.hpp"
#include "oracle/probes/lanes.hpp"
#include "oracle/probes/precision.hpp"
#include "oracle/probes/spike.hpp"

namespace convict::oracle {
namespace {

using probes::Bench;

void probe_arithmetic(Bench& bench, Profile& found) {
  for (const probes::Spread& spread : probes::spreads_of_a_spike(bench)) {
    ShapeProfile shape{.label = std::string(spread.label),
                       .arithmetic = !spread.seen                              ? "direct"
                                     : spread.reach >= probes::beyond_winograd ? "fft"
                                                                               : "winograd",
                       .axes = spread.axes,
                       .allowed_axes = transformed_axes(spread.spec, bench.claims().arithmetic)};
    if (shape.arithmetic == "winograd") shape.tile = spread.tile;
    found.tile = std::max(found.tile, shape.tile);
    if (found.arithmetic != "fft" && (found.arithmetic != "winograd" || spread.seen))
      found.arithmetic = shape.arithmetic;
    found.shapes.push_back(std::move(shape));
  }
  if (found.arithmetic != "fft") return;
  // On small planes the reach of an FFT is small, too.
  for (ShapeProfile& shape : found.shapes) {
    if (shape.arithmetic == "winograd") shape.arithmetic = "fft";
    shape.tile = 0;
  }
  found.tile = 0;
}

/// Lanes to measure digits in. Transforms have rounding errors of their own: with them, only the
/// lane with the least to transform.
std::vector<probes::Lane> measurable_lanes(Bench& bench, const Profile& found) {
  std::vector<probes::Lane> lanes = probes::lanes_of(bench);
  const bool transforms = found.arithmetic == "winograd" || found.arithmetic == "fft" ||
                          bench.claims().arithmetic.kind != Arithmetic::Class::direct;
  if (!transforms || lanes.size() < 2) return lanes;
  const auto best = [&] {
    const auto one_tap = std::ranges::find(lanes, true, &probes::Lane::one_tap);
    if (one_tap != lanes.end()) return one_tap;
    const auto channels = std::ranges::find(lanes, "channels", &probes::Lane::noun);
    return channels != lanes.end() ? channels : lanes.begin();
  }();
  return {*best};
}

LaneProfile profile_of_lane(const probes::Lane& lane, Precision precision) {
  LaneProfile found{.preposition = std::string(lane.preposition), .noun = std::string(lane.noun)};
  found.wrong = !(std::fabs(lane.dot(1, 1) - 1) < 0.25);
  if (found.wrong) return found;
  found.input_digits = probes::input_digits(lane.dot, precision);
  found.accumulator_digits = probes::accumulator_digits(lane.dot, precision);
  return found;
}

/// The fewest digits of all lanes that are not wrong; 0 without one.
int fewest(const std::vector<LaneProfile>& lanes, int LaneProfile::*digits) {
  int least = 0;
  for (const LaneProfile& lane : lanes)
    if (!lane.wrong) least = least == 0 ? lane.*digits : std::min(least, lane.*digits);
  return least;
}

void probe_digits(std::span<const probes::Lane> lanes, Profile& found) {
  const Precision precision = found.precision;
  for (const probes::Lane& lane : lanes) found.lanes.push_back(profile_of_lane(lane, precision));
  found.input_digits = fewest(found.lanes, &LaneProfile::input_digits);
  found.accumulator_digits = fewest(found.lanes, &LaneProfile::accumulator_digits);
  const int stored = format_of(storage_of(precision)).digits;
  bool results = false;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const probes::Dot& dot = lanes[i].dot;
    const LaneProfile& lane = found.lanes[i];
    if (lane.wrong) continue;
    if (lane.input_digits < stored && lane.input_digits == found.input_digits)
      found.inputs_truncated =
          found.inputs_truncated || probes::truncates_inputs(dot, lane.input_digits);
    // Sums in several parts can seem a bit wider than the accumulator, which says nothing of how it
    // rounds.
    if (lane.accumulator_digits == found.accumulator_digits)
      found.sums_truncated =
          found.sums_truncated || probes::truncates_sums(dot, precision, lane.accumulator_digits);
    if (!results && lane.accumulator_digits > stored + 1) {
      results = true;
      found.results_truncated = probes::truncates_results(dot, precision);
    }
  }
}

/// The first lane that is not wrong; the first if all are.
const probes::Dot& right_lane(std::span<const probes::Lane> lanes, const Profile& found) {
  for (std::size_t i = 0; i < lanes.size(); ++i)
    if (!found.lanes[i].wrong) return lanes[i].dot;
  return lanes.front().dot;
}

void probe_range(const probes::Dot& dot, Profile& found) {
  const probes::Subnormals small = probes::subnormals(dot, found.precision);
  found.subnormal_first_kept = small.first_kept;
  found.subnormal_second_kept = small.second_kept;
  found.subnormal_results_kept = small.results_kept;
  found.subnormal_sums_kept = small.running_sums_kept;
  const probes::NonFinite large = probes::non_finite(dot, found.precision);
  if (std::isfinite(large.infinity)) found.infinity_cut = large.infinity;
  if (std::isfinite(large.overflow)) found.overflow_cut = large.overflow;
  found.nan_dropped = large.nan_dropped;
}

void probe_dependence(Bench& bench, Profile& found) {
  const auto dependence = probes::dependence_of_bits(bench);
  if (!dependence) return;
  found.bits_depend_on_run = dependence->run;
  found.bits_depend_on_threads = dependence->threads;
  found.bits_depend_on_alignment = dependence->alignment;
  found.bits_depend_on_batch_position = dependence->batch_position;
}

/// Throws probes::SubjectEnded.
std::optional<Profile> probe(Bench& bench) {
  Profile found{.pass = bench.pass(), .precision = bench.precision()};
  probe_arithmetic(bench, found);
  const std::vector<probes::Lane> lanes = measurable_lanes(bench, found);
  if (lanes.empty()) return std::nullopt;
  probe_digits(lanes, found);
  if (found.input_digits > 0) probe_range(right_lane(lanes, found), found);
  probe_dependence(bench, found);
  found.contradictions = probes::contradictions(found, bench.claims());
  return found;
}

/// The trial's spec as a hint for kernels that take few problems, unless calls with it take long.
std::optional<ConvSpec> hint_of(const Trial& trial) {
  constexpr index_t most_flops = index_t{1} << 26;
  if (why_invalid(trial.spec) || flops(trial.spec) > most_flops) return std::nullopt;
  return trial.spec;
}

}  // namespace

std::optional<Profile> profile_of(const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                                  Pass pass, Precision precision) {
  try {
    Bench bench(subject, sandbox, pass, precision);
    return probe(bench);
  } catch (const probes::SubjectEnded&) {
    return std::nullopt;
  }
}

Verdict profile(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                Cases&) {
  try {
    Bench bench(subject, sandbox, trial.pass, trial.precision, hint_of(trial));
    const auto found = probe(bench);
    if (!found) return unsupported(refusal_layer, "refuses every problem that the probes use");
    Verdict verdict = decided(Outcome::pass, "profile", "");
    verdict.note = to_string(*found);
    if (found->contradictions.empty()) return verdict;
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format("{}", fmt::join(found->contradictions, "; "));
    return verdict;
  } catch (const probes::SubjectEnded& ended) {
    return *verdict_on(ended.end);  // never empty: the call did not return
  }
}

}  // namespace convict::oracle
