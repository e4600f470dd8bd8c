// SPDX-License-Identifier: Apache-2.0
#include "timing/race.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <random>

#include "core/geometry.hpp"
#include "oracle/judge/judge.hpp"
#include "timing/timed_kernel.hpp"

namespace convict::timing {
namespace {

/// Shorter samples are dominated by the clock's resolution and the launch.
constexpr double least_sample_ms = 0.2;

std::vector<oracle::Case> cases_of(const Trial& trial, const RaceOptions& options) {
  std::vector<oracle::Case> cases;
  for (int set = 0; set < options.data_sets; ++set) {
    Trial other = trial;
    other.recipe.seed += static_cast<std::uint64_t>(set);
    cases.push_back(oracle::make_case(other, {}, options.truth_kernels));
  }
  return cases;
}

/// A contestant and its measurements during the race.
struct Runner {
  TimedKernel timed;
  int calls = 1;
  std::vector<double> device_ms{};
  std::vector<double> host_ms{};

  bool runs() const { return !timed.excluded(); }
  void warm_up(bool cold) {
    if (const auto once = timed.sample(0, 1, cold))
      calls =
          static_cast<int>(std::clamp(std::ceil(least_sample_ms / once->device_ms), 1.0, 1000.0));
  }
  void measure(std::size_t round, bool cold) {
    const auto sample = timed.sample(round, calls, cold);
    if (!sample) return;
    device_ms.push_back(sample->device_ms);
    host_ms.push_back(sample->host_ms);
  }
};

/// Allowance for launching and the clocks' resolution.
constexpr double overhead_ms = 0.5;

/// Excludes a runner whose times show that it works outside its stream, or skips work.
void exclude_impossible_times(Runner& runner, const Problem& problem, bool cold) {
  if (!runner.runs() || runner.device_ms.empty()) return;
  const double device_ms = median(runner.device_ms);
  const double host_ms = median(runner.host_ms);
  const double floor = floor_ms(problem, runner.timed.device().ceiling(problem.precision), cold);
  const bool direct = runner.timed.kernel().claims.arithmetic.kind == Arithmetic::Class::direct;
  if (host_ms > 2 * device_ms + overhead_ms)
    runner.timed.exclude_as_wrong(
        fmt::format("{:.3g} ms by the host's clock, {:.3g} ms on its stream: it works elsewhere",
                    host_ms, device_ms));
  else if (direct && device_ms < floor)
    runner.timed.exclude_as_wrong(
        fmt::format("{:.3g} ms, and the device needs {:.3g} ms at least: it does not do the work",
                    device_ms, floor));
}

Finish finish_of(const Runner& runner, const Problem& problem, bool cold) {
  Finish finish{.kernel = runner.timed.kernel().name,
                .excluded = runner.timed.excluded(),
                .wrong = runner.timed.found_wrong(),
                .times_ms = {}};
  if (finish.excluded || runner.device_ms.empty()) return finish;
  finish.times_ms = runner.device_ms;
  const double ms = median(finish.times_ms);
  finish.gflop_per_s = static_cast<double>(flops(problem.spec)) * 1e-6 / ms;
  finish.of_ceiling =
      floor_ms(problem, runner.timed.device().ceiling(problem.precision), cold) / ms;
  return finish;
}

/// flops() without the products of taps that lie in padding.
double needed_flops(const ConvSpec& spec) {
  const Geometry geometry = geometry_of(spec);
  double share = 1;
  for (int axis = 0; axis < max_rank; ++axis) {
    const auto a = static_cast<std::size_t>(axis);
    index_t inside = 0;
    for (index_t out = 0; out < geometry.output[a]; ++out)
      for (index_t tap = 0; tap < geometry.filter[a]; ++tap)
        inside += geometry.inside_input(axis, geometry.input_position(axis, out, tap)) ? 1 : 0;
    share *=
        static_cast<double>(inside) / static_cast<double>(geometry.output[a] * geometry.filter[a]);
  }
  return share * static_cast<double>(flops(spec));
}

std::vector<Runner> runners_of(std::span<const Contestant> contestants,
                               std::span<const oracle::Case> cases) {
  std::vector<Runner> runners;
  runners.reserve(contestants.size());
  for (const Contestant& contestant : contestants)
    runners.push_back({TimedKernel(*contestant.kernel, *contestant.device, cases)});
  return runners;
}

constexpr int rounds_between_exchanges = 8;

/// Runs rounds until the time is up. The first runner that is not excluded is measured twice per
/// round; `again` gets its second times.
void run_rounds(std::vector<Runner>& runners, const RaceOptions& options, std::uint64_t seed,
                std::vector<double>& again) {
  using clock = std::chrono::steady_clock;
  std::mt19937_64 random(seed);
  std::vector<std::size_t> order(runners.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto first = std::ranges::find_if(runners, &Runner::runs);
  if (first == runners.end()) return;
  const auto deadline = clock::now() + std::chrono::duration<double>(options.time_s);
  for (int round = 0; round < options.most_rounds; ++round) {
    if (round >= options.least_rounds && clock::now() > deadline) break;
    if (options.stop != nullptr && *options.stop) break;
    std::ranges::shuffle(order, random);
    if (round % rounds_between_exchanges == rounds_between_exchanges / 2)
      for (Runner& runner : runners)
        if (runner.runs()) runner.timed.exchange_data();
    for (const std::size_t i : order)
      if (runners[i].runs()) runners[i].measure(static_cast<std::size_t>(round), options.cold);
    if (!first->runs()) continue;
    const auto twice =
        first->timed.sample(static_cast<std::size_t>(round), first->calls, options.cold);
    if (twice) again.push_back(twice->device_ms);
  }
}

}  // namespace

double floor_ms(const Problem& problem, const Ceiling& ceiling, bool cold) {
  const ConvSpec& spec = problem.spec;
  const double arithmetic = needed_flops(spec) * 1e-6 / ceiling.gflop_per_s;
  const index_t elements = input_elements(spec) + filter_elements(spec) + output_elements(spec);
  const double bytes = static_cast<double>(elements * bytes_of(problem.precision));
  return std::max(arithmetic, cold ? bytes * 1e-6 / ceiling.gbyte_per_s : 0);
}

Race race(const Trial& trial, std::span<const Contestant> contestants, const RaceOptions& options) {
  const Problem problem = problem_of(trial);
  const std::vector<oracle::Case> cases = cases_of(trial, options);
  std::vector<Runner> runners = runners_of(contestants, cases);
  for (Runner& runner : runners)
    if (runner.runs()) runner.warm_up(options.cold);
  std::vector<double> again;
  run_rounds(runners, options, trial.recipe.seed, again);

  Race result{.trial = trial, .finishes = {}, .noise = {}};
  const auto first = std::ranges::find_if(runners, &Runner::runs);
  if (first != runners.end() && !again.empty() && again.size() == first->device_ms.size())
    result.noise = ratio_of_medians(again, first->device_ms, trial.recipe.seed);
  for (Runner& runner : runners) {
    exclude_impossible_times(runner, problem, options.cold);
    result.finishes.push_back(finish_of(runner, problem, options.cold));
  }
  return result;
}

}  // namespace convict::timing
