// SPDX-License-Identifier: Apache-2.0
// What a search draws: valid trials within a budget, every pair of features, reproducibly.
#include "fuzz/generator.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <tuple>

#include "fuzz/features/draft.hpp"
#include "fuzz/features/features.hpp"
#include "fuzz/shrink/reductions.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::fuzz {
namespace {

BOOST_AUTO_TEST_SUITE(generator_test)

std::vector<Trial> first_trials(const Space& space, std::size_t count) {
  std::vector<Trial> trials;
  for (std::size_t i = 0; i < count; ++i) trials.push_back(trial_at(space, i, first_weights()));
  return trials;
}

BOOST_AUTO_TEST_CASE(trials_round_trip_through_their_text_and_are_what_their_check_takes) {
  for (const Trial& trial : first_trials({}, 3000)) {
    BOOST_TEST((parse_trial(to_string(trial)) == trial), to_string(trial));
    const auto why = why_invalid(trial.spec);
    BOOST_TEST((trial.recipe.check == "must_refuse") == why.has_value(), to_string(trial));
    BOOST_TEST(oracle::check_named(trial.recipe.check).takes_invalid_specs == why.has_value());
  }
}

BOOST_AUTO_TEST_CASE(trials_are_within_their_budget_and_few_are_large) {
  std::size_t large = 0;
  const std::vector<Trial> trials = first_trials({.seed = 3}, 6000);
  for (const Trial& trial : trials) {
    if (why_invalid(trial.spec)) continue;
    BOOST_TEST(products_of(trial.spec) <= 2e8, to_string(trial));
    BOOST_TEST(elements_of(trial.spec) <= 5e7, to_string(trial));
    if (products_of(trial.spec) > 2e6) ++large;
  }
  BOOST_TEST(large < trials.size() / 200);
}

BOOST_AUTO_TEST_CASE(every_feature_has_at_least_half_of_its_share) {
  std::vector<std::size_t> counts(features().size());
  const std::vector<Trial> trials = first_trials({.seed = 1}, 9000);
  for (const Trial& trial : trials)
    for (const std::size_t feature : features_of(trial)) ++counts[feature];

  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double share =
        100.0 * static_cast<double>(counts[i]) / static_cast<double>(trials.size());
    BOOST_TEST(share >= 0.5 * features()[i].weight, features()[i].name << " has " << share << " %");
  }
}

using Names = std::pair<std::string_view, std::string_view>;

/// Pairs that exclude each other, by definition or because both together would be too large.
const std::set<Names>& exclusive() {
  static const std::set<Names> pairs = {
      {"1-D", "3-D"},
      {"1-D", "rectangular filter"},
      {"1-D", "uneven dilation"},
      {"1-D", "uneven stride"},
      {"1-D", "padding differs by axis"},
      {"1-D", "unequal extents"},
      {"1-D", "1-D as 1xN"},
      {"3-D", "1-D as 1xN"},
      {"rectangular filter", "1x1 filter"},
      {"even filter", "1x1 filter"},
      {"1x1 filter", "large filter"},
      {"1x1 filter", "stride and dilation share a factor"},
      {"1x1 filter", "filter > input"},
      {"large filter", "an axis around 65536"},
      {"large filter", "deep channels"},
      {"asymmetric padding", "symbolic border"},
      {"one-sided padding", "symbolic border"},
      {"padding >= extent", "symbolic border"},
      {"1x1 filter", "huge dilation"},
      {"symbolic border", "huge dilation"},
      {"depthwise", "channel multiplier"},
      {"depthwise", "groups"},
      {"channel multiplier", "groups"},
      {"channel multiplier", "an axis around 65536"},
      {"depthwise", "deep channels"},
      {"channel multiplier", "deep channels"},
      {"deep channels", "long reduction over positions"},
      {"deep channels", "batch beside 32"},
      {"deep channels", "huge parameter"},
      {"batch beside 32", "huge parameter"},
      {"16 bits", "f64"},
      {"nhwc", "mixed or unusual order of axes"},
      {"real-valued data", "all bits used"},
      {"all bits used", "NaN and infinity"},
      {"all bits used", "subnormal data"},
      {"NaN and infinity", "subnormal data"},
  };
  return pairs;
}

BOOST_AUTO_TEST_CASE(every_pair_of_features_meets_in_every_pass) {
  const auto all = features();
  std::set<std::tuple<std::size_t, std::size_t, Pass>> met;
  for (const Trial& trial : first_trials({.seed = 2}, 28'000)) {
    const auto found = features_of(trial);
    for (const std::size_t a : found)
      for (const std::size_t b : found) met.insert({a, b, trial.pass});
  }

  for (std::size_t a = 0; a < all.size(); ++a)
    for (std::size_t b = a + 1; b < all.size(); ++b) {
      if (all[a].apply == nullptr || all[b].apply == nullptr) continue;
      if (exclusive().contains({all[a].name, all[b].name})) continue;
      for (const Pass pass : all_passes)
        BOOST_TEST(met.contains({a, b, pass}),
                   all[a].name << " & " << all[b].name << " in " << name_of(pass));
    }
}

BOOST_AUTO_TEST_CASE(the_walk_visits_every_pair_within_1600_shapes) {
  std::set<std::pair<std::size_t, std::size_t>> visited;
  const auto applicable = static_cast<std::size_t>(std::ranges::count_if(
      features(), [](const Feature& feature) { return feature.apply != nullptr; }));
  const std::size_t pairs = applicable * (applicable - 1) / 2;
  for (std::size_t shape = 0; shape < 1600; ++shape) {
    const FeaturePair pair = pair_of_shape({.seed = 9, .shard = 2, .shards = 3}, shape);
    BOOST_TEST(pair.first < pair.second);
    visited.insert({pair.first, pair.second});
  }
  BOOST_TEST(visited.size() == pairs);
}

BOOST_AUTO_TEST_CASE(a_trial_is_a_function_of_seed_shard_number_and_weights) {
  const Space space{.seed = 5, .shard = 2, .shards = 4};
  Weights heavier = first_weights();
  for (double& weight : heavier) weight *= 2;
  std::size_t changed = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    const Trial trial = trial_at(space, i, first_weights());
    BOOST_TEST((trial_at(space, i, first_weights()) == trial));
    changed += trial_at(space, i, heavier) == trial ? 0 : 1;
  }
  BOOST_TEST(changed > 100);
}

BOOST_AUTO_TEST_CASE(shards_and_seeds_draw_different_trials) {
  std::set<std::string> texts;
  std::set<std::string> shapes;
  for (const Space& space : {Space{.seed = 1, .shard = 1, .shards = 2},
                             Space{.seed = 1, .shard = 2, .shards = 2}, Space{.seed = 2}})
    for (const Trial& trial : first_trials(space, 1500)) {
      texts.insert(to_string(trial));
      Trial shape = trial;
      shape.recipe = {};
      shapes.insert(to_string(shape));
    }
  // must_refuse trials have no data, so that some of them are alike.
  BOOST_TEST(texts.size() >= 4500 * 0.99);
  BOOST_TEST(shapes.size() >= 4500 * 0.9);
}

BOOST_AUTO_TEST_CASE(every_shape_is_used_in_every_wanted_pass) {
  const Space space{.passes = {Pass::grad_input, Pass::grad_weights}};
  for (std::size_t i = 0; i < 200; i += 2) {
    const Trial first = trial_at(space, i, first_weights());
    const Trial second = trial_at(space, i + 1, first_weights());
    const bool invalid = why_invalid(first.spec).has_value();
    BOOST_TEST(why_invalid(second.spec).has_value() == invalid);
    BOOST_TEST((first.spec == second.spec) == !invalid);
    BOOST_TEST((first.pass == Pass::grad_input));
    BOOST_TEST((second.pass == Pass::grad_weights));
  }
}

BOOST_AUTO_TEST_CASE(only_wanted_precisions_are_drawn) {
  for (const Trial& trial : first_trials({.precisions = {Precision::bf16}}, 300))
    if (!why_invalid(trial.spec)) BOOST_TEST((trial.precision == Precision::bf16));
}

BOOST_AUTO_TEST_CASE(generated_values_shrink_to_smaller_ones) {
  const auto drawn = trials({}, first_weights(), pair_of_shape({}, 0))(rc::Random(7));
  auto shrinks = drawn.shrinks();
  const auto first = shrinks.next();
  BOOST_REQUIRE(static_cast<bool>(first));
  BOOST_TEST((first->value() == smaller(drawn.value()).front()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::fuzz
