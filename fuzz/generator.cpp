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
#include "fuzz/shrink/reductions.hpp"

namespace convict::fuzz {
namespace {

/// Weights are percentages of all trials, but only this share of the shapes is drawn by weight.
constexpr double feature_share = 0.64;
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

Trial draw_trial(Draft draft, const Weights& weights, FeaturePair pair) {
  const double mode = 100 * draft.draw.uniform();
  if (mode < 20) return draw_data(draft, weights, modes::plain).trial;
  if (mode < 30) return draw_data(draft, weights, modes::tiny).trial;
  if (mode < 33) return modes::spoiled(draw_data(draft, weights, modes::tiny));
  if (mode < 35) return modes::emptied(draw_data(draft, weights, modes::tiny));
  if (mode < 36) return draw_data(draft, weights, modes::huge).trial;
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

rc::Gen<Trial> trials(const Space& space, const Weights& weights, FeaturePair pair,
                      std::size_t turn) {
  const auto random_trial = [=](const rc::Random& random, int) {
    Draft draft{.draw = Draw(random)};
    draft.precisions = space.precisions;
    draft.turn = turn;
    draft.products = draw_products(draft.draw, space.products);
    draft.most_products = std::max(draft.products, space.products);
    draft.trial.precision = draw_precision(draft.draw, space.precisions);
    const Trial trial = draw_trial(draft, weights, pair);
    return rc::shrinkable::shrinkRecur(
        trial, [](const Trial& larger) { return rc::seq::fromContainer(smaller(larger)); });
  };
  return random_trial;
}

Trial trial_at(const Space& space, std::size_t number, const Weights& weights) {
  const std::size_t shape = number / space.passes.size();
  const rc::Random random(
      {space.seed, (std::uint64_t{space.shards} << 32) + space.shard, shape, 0});
  const std::size_t turn = number % space.passes.size();
  Trial trial = trials(space, weights, pair_of_shape(space, shape), turn)(random).value();
  trial.pass = space.passes[turn];
  trial.recipe.seed = seed_of(space, number);
  if (why_invalid(trial.spec)) return trial;
  fit_fill(trial);
  return with_check(trial, number);
}

}  // namespace convict::fuzz
