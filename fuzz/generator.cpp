// SPDX-License-Identifier: Apache-2.0
#include "fuzz/generator.hpp"

#include <rapidcheck/Random.h>
#include <rapidcheck/Seq.h>
#include <rapidcheck/Shrinkable.h>
#include <rapidcheck/seq/Create.h>
#include <rapidcheck/shrinkable/Create.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/exact_limits.hpp"
#include "datasets/fills.hpp"
#include "datasets/random.hpp"
#include "fuzz/check_rotation.hpp"
#include "fuzz/features/draft.hpp"
#include "fuzz/features/features.hpp"
#include "fuzz/features/modes.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/region/accepted.hpp"
#include "fuzz/shrink/reductions.hpp"

namespace convict::fuzz {
namespace {

constexpr std::size_t shapes_large = 60;  ///< one shape in so many is large
/// Four in so many shapes, one for each tensor of modes::beyond, are beyond 24 or 31 bits: numbers
/// first_beyond, first_beyond + beyond_step, ... The first are among those that every search
/// reaches.
constexpr std::size_t shapes_beyond = 24'000;
constexpr std::size_t first_beyond = 40;
constexpr std::size_t beyond_step = 300;
constexpr std::size_t beyond_kinds = 4;
constexpr int float_bits = 24;  ///< of a float's significand
constexpr int int_bits = 31;    ///< of an int's absolute value

/// Weights are percentages of all trials, but only this share of the shapes is drawn by weight.
constexpr double feature_share = 0.59;
constexpr double most_percent = 95;

void apply_drawn(Draft& draft, const Weights& weights, Feature::Kind kind, double share) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Feature& feature = features()[i];
    if (feature.kind == kind && draft.draw.chance(std::min(weights[i] / share, most_percent)))
      feature.apply(draft);
  }
}

void apply_pair(Draft& draft, FeaturePair pair) {
  features()[std::min(pair.first, pair.second)].apply(draft);
  features()[std::max(pair.first, pair.second)].apply(draft);
}

bool has_pair(const Trial& trial, FeaturePair pair) {
  return features()[pair.first].holds(trial) && features()[pair.second].holds(trial);
}

/// A draft whose shape `make` draws, and whose data features are drawn by weight.
template <class Make>
Draft draw_data(Draft draft, const Weights& weights, Make make) {
  make(draft);
  apply_drawn(draft, weights, Feature::Kind::data, 1);
  trim(draft);
  return draft;
}

/// Draws until the trial has both features of the pair, 6 times at most: one of them, or `trim`,
/// may undo the other, and some features exclude each other.
Trial draw_features(const Draft& start, const Weights& weights, FeaturePair pair) {
  constexpr int tries = 6;
  Draft draft = start;
  for (int i = 0; i < tries; ++i) {
    draft = start;
    draft.draw = Draw(rc::Random({static_cast<std::uint64_t>(i),
                                  static_cast<std::uint64_t>(draft.draw.between(0, 1 << 30)), 0,
                                  draft.trial.recipe.seed}));
    modes::base(draft);
    apply_drawn(draft, weights, Feature::Kind::shape, feature_share);
    apply_drawn(draft, weights, Feature::Kind::data, 1);
    apply_pair(draft, pair);
    trim(draft);
    if (has_pair(draft.trial, pair)) break;
  }
  return draft.trial;
}

Trial draw_remainders(Draft draft, const Weights& weights) {
  apply_drawn(draft, weights, Feature::Kind::data, 1);
  modes::remainders(draft);
  trim(draft);
  return draft.trial;
}

/// Number of a shape among those of its period that are beyond some bits, or beyond_kinds.
std::size_t beyond_kind(std::size_t shape) {
  const std::size_t at = shape % shapes_beyond;
  if (at < first_beyond || (at - first_beyond) % beyond_step != 0) return beyond_kinds;
  return std::min((at - first_beyond) / beyond_step, beyond_kinds);
}

/// Data features come first: the bytes of an element decide how many fill a tensor.
Trial draw_large(Draft draft, const Weights& weights, Lane lane, std::size_t shape) {
  apply_drawn(draft, weights, Feature::Kind::data, 1);
  switch (lane) {
    case Lane::beyond_24_bits: modes::beyond(draft, float_bits, beyond_kind(shape)); break;
    case Lane::beyond_31_bits: modes::beyond(draft, int_bits, beyond_kind(shape)); break;
    default: modes::large(draft); break;
  }
  return draft.trial;
}

Trial draw_trial(Draft draft, const Weights& weights, FeaturePair pair) {
  const double mode = 100 * draft.draw.uniform();
  if (mode < 16) return draw_data(draft, weights, modes::plain).trial;
  if (mode < 25) return draw_data(draft, weights, modes::tiny).trial;
  if (mode < 28) return modes::spoiled(draw_data(draft, weights, modes::tiny));
  if (mode < 30) return modes::emptied(draw_data(draft, weights, modes::tiny));
  if (mode < 31) return draw_data(draft, weights, modes::huge).trial;
  if (mode < 41) return draw_remainders(draft, weights);
  return draw_features(draft, weights, pair);
}

/// All pairs of features that can be applied. Rare features make problems of a hundred thousand
/// elements and more: pairs with them are visited less often.
struct Pairs {
  std::vector<FeaturePair> common;
  std::vector<FeaturePair> rare;
};

const Pairs& pairs() {
  static const Pairs all = [] {
    constexpr double rare_weight = 1;
    Pairs made;
    for (std::size_t a = 0; a < features().size(); ++a)
      for (std::size_t b = a + 1; b < features().size(); ++b) {
        const Feature& first = features()[a];
        const Feature& second = features()[b];
        if (first.apply == nullptr || second.apply == nullptr) continue;
        const bool rare = std::min(first.weight, second.weight) <= rare_weight;
        (rare ? made.rare : made.common).push_back({a, b});
      }
    return made;
  }();
  return all;
}

/// Pair number `at` of a walk that begins at `start` and visits every pair before it repeats one:
/// its step and the number of pairs have no common factor.
FeaturePair visited(const std::vector<FeaturePair>& list, std::size_t at, std::uint64_t start,
                    std::uint64_t stride) {
  const std::size_t count = list.size();
  std::size_t step = stride % count + 1;
  while (std::gcd(step, count) != 1) ++step;
  return list[(start % count + (at % count) * step) % count];
}

double draw_products(Draw& draw, double usual) {
  constexpr double rare = 100;
  if (draw.chance(0.2)) return usual * std::pow(rare, draw.uniform());
  return usual * std::pow(1e-3, std::sqrt(draw.uniform()));  // mostly small: they are fast
}

Precision draw_precision(Draw& draw, const std::vector<Precision>& wanted) {
  // f32 is what most kernels are made for.
  if (std::ranges::find(wanted, Precision::f32) != wanted.end() && draw.chance(50))
    return Precision::f32;
  return wanted[static_cast<std::size_t>(draw.between(0, static_cast<index_t>(wanted.size()) - 1))];
}

/// The seed of trial `number`: no two trials of a campaign have the same.
std::uint64_t seed_of(const Space& space, std::size_t number) {
  constexpr std::uint64_t campaign = 1'000'000'000;
  return campaign * space.seed + number * space.shards + space.shard - 1;
}

/// Replaces fills that could not reveal a fault: real numbers in sums so long that the bound is
/// larger than one product, and those of avoid_blind_fill.
void fit_fill(Trial& trial) {
  constexpr index_t longest_real = 9000;
  constexpr index_t longest_flat = 200'000;
  Recipe& recipe = trial.recipe;
  const index_t products = datasets::most_products(trial.spec, trial.pass);
  const bool exact = datasets::fill_named(recipe.fill).exact;
  const bool signs = recipe.fill == "flat" && trial.precision == Precision::f32;
  const index_t longest = signs ? longest_flat : longest_real;
  if (!exact && trial.precision != Precision::f64 && products > longest) recipe.fill = "exact";
  datasets::avoid_blind_fill(trial);
}

}  // namespace

Weights first_weights() {
  Weights weights;
  for (const Feature& feature : features()) weights.push_back(feature.weight);
  return weights;
}

FeaturePair pair_of_shape(const Space& space, std::size_t number) {
  constexpr std::size_t every = 10;
  const datasets::Stream random(space.seed, space.shard);
  const std::size_t rare = number / every;
  return number % every == every - 1
             ? visited(pairs().rare, rare, random.bits(0), random.bits(1))
             : visited(pairs().common, number - rare, random.bits(2), random.bits(3));
}

Lane lane_of(const Space& space, std::size_t shape, Pass pass) {
  if (space.widest_bits > 0 && beyond_kind(shape) < beyond_kinds) {
    const bool wide = space.widest_bits >= int_bits && shape / shapes_beyond % 2 == 1;
    return wide && pass != Pass::grad_input ? Lane::beyond_31_bits : Lane::beyond_24_bits;
  }
  const bool large = space.large && shape % shapes_large == shapes_large - 1;
  return large ? Lane::large : Lane::ordinary;
}

int widest_bits(int jobs) {
  const double elements = elements_that_fit(jobs);
  for (const int bits : {int_bits, float_bits})
    if (elements >= modes::elements_beyond(bits)) return bits;
  return 0;
}

rc::Gen<Trial> trials(const Space& space, const Weights& weights, FeaturePair pair,
                      std::size_t shape, std::size_t turn) {
  const Lane lane = lane_of(space, shape, space.passes[turn]);
  const auto random_trial = [=](const rc::Random& random, int) {
    Draft draft{.draw = Draw(random)};
    draft.precisions = space.precisions;
    draft.turn = turn;
    draft.products = draw_products(draft.draw, space.products);
    draft.most_products = std::max(draft.products, space.products);
    draft.trial.precision = draw_precision(draft.draw, space.precisions);
    const Trial trial = lane == Lane::ordinary ? draw_trial(draft, weights, pair)
                                               : draw_large(draft, weights, lane, shape);
    return rc::shrinkable::shrinkRecur(
        trial, [](const Trial& larger) { return rc::seq::fromContainer(smaller(larger)); });
  };
  return random_trial;
}

Trial trial_at(const Space& space, std::size_t number, const Weights& weights) {
  const std::size_t shape = number / space.passes.size();
  const std::uint64_t part = (std::uint64_t{space.shards} << 32) + space.shard;
  const std::size_t turn = number % space.passes.size();
  const auto generator = trials(space, weights, pair_of_shape(space, shape), shape, turn);
  Trial trial = generator(rc::Random({space.seed, part, shape, 0})).value();
  trial.pass = space.passes[turn];
  trial.recipe.seed = seed_of(space, number);
  if (why_invalid(trial.spec)) return trial;
  if (space.accepted)
    trial = space.accepted->fitted(trial, shape, Draw(rc::Random({space.seed, part, number, 1})));
  trial.recipe.steps = without_repeated_result(trial.recipe.steps, trial.pass);
  fit_fill(trial);
  if (lane_of(space, shape, trial.pass) != Lane::ordinary) return trial;
  const bool narrow = space.accepted && space.accepted->is_narrow(shape);
  return narrow ? with_own_check(trial, number) : with_check(trial, number);
}

}  // namespace convict::fuzz
