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
#include "fuzz/features/modes.hpp"
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
  BOOST_TEST(large < trials.size() / 60);
}

/// Trials of the lane among the first `shapes` shapes, as f32.
std::vector<Trial> trials_of(Lane lane, Space space, std::size_t shapes) {
  space.precisions = {Precision::f32};
  std::vector<Trial> found;
  for (std::size_t shape = 0; shape < shapes; ++shape)
    for (std::size_t turn = 0; turn < space.passes.size(); ++turn)
      if (lane_of(space, shape, space.passes[turn]) == lane)
        found.push_back(trial_at(space, shape * space.passes.size() + turn, first_weights()));
  return found;
}

BOOST_AUTO_TEST_CASE(large_problems_reach_every_size_and_are_judged_only) {
  std::set<std::string> met;
  const std::vector<Trial> found = trials_of(Lane::large, {}, 60'000);
  BOOST_REQUIRE(found.size() == 3000U);
  for (const Trial& trial : found) {
    const ConvSpec& spec = trial.spec;
    BOOST_TEST(!why_invalid(spec).has_value(), to_string(trial));
    BOOST_TEST(products_of(spec) <= 2.1e7, to_string(trial));
    BOOST_TEST(trial.recipe.check == "judge");
    const auto bytes = [&](index_t elements) { return elements * bytes_of(trial.precision); };
    const Axes outputs = output_extents(spec);
    const auto note = [&](bool holds, const char* what) {
      if (holds) met.insert(std::string(what) + " in " + std::string(name_of(trial.pass)));
    };
    note(spec.batch > 1024, "batch > 1024");
    note(spec.in_channels > 4096, "C > 4096");
    note(spec.out_channels > 4096, "K > 4096");
    note(spec.out_channels % 128 == 1 && spec.out_channels > 128, "K = 128 m + 1");
    note(spec.groups > 1024, "groups > 1024");
    note(spec.rank == 2 && spec.filter == Axes{7, 7, 1} && spec.groups == 1, "7x7");
    note(spec.rank == 2 && spec.filter == Axes{11, 11, 1}, "11x11");
    note(spec.filter == Axes{7, 7, 1} && spec.groups > 1 && spec.groups == spec.in_channels &&
             spec.groups == spec.out_channels,
         "depthwise 7x7");
    note(spec.groups > 1 && spec.filter[static_cast<std::size_t>(spec.rank - 1)] >= 128,
         "128 taps with groups");
    note(outputs[0] * outputs[1] * outputs[2] > 65'536 &&
             spec.in_channels / spec.groups * spec.filter[0] * spec.filter[1] >= 16,
         "65,536 positions of 16 products");
    note(spec.in_channels / spec.groups * spec.filter[0] * spec.filter[1] > 4096 &&
             outputs[0] * outputs[1] * outputs[2] >= 16,
         "4,096 products in 16 positions");
    note(bytes(input_elements(spec)) > 16 << 20 && spec.batch > 2, "input > 16 MiB, batch > 2");
    note(bytes(output_elements(spec)) > 16 << 20, "output > 16 MiB");
    note(bytes(filter_elements(spec)) > 16 << 20, "filters > 16 MiB");
  }
  BOOST_TEST(met.size() == 3U * 14U);
  for (const std::string& what : met) BOOST_TEST_MESSAGE(what);
}

BOOST_AUTO_TEST_CASE(beyond_24_and_31_bits_there_are_few_products) {
  const auto largest = [](const ConvSpec& spec) {
    return std::max({input_elements(spec), filter_elements(spec), output_elements(spec)});
  };
  BOOST_TEST(trials_of(Lane::beyond_24_bits, {}, 48'000).empty());
  const std::vector<Trial> float_trials =
      trials_of(Lane::beyond_24_bits, {.widest_bits = 24}, 48'000);
  const std::vector<Trial> int_trials =
      trials_of(Lane::beyond_31_bits, {.widest_bits = 31}, 48'000);
  BOOST_TEST(float_trials.size() == 24U);
  BOOST_TEST(int_trials.size() == 8U);
  std::set<const char*> tensors;
  for (const Trial& trial : float_trials) {
    BOOST_TEST(largest(trial.spec) > index_t{1} << 24, to_string(trial));
    BOOST_TEST(elements_of(trial.spec) <= modes::elements_beyond(24));
    BOOST_TEST(products_of(trial.spec) <= 6e7, to_string(trial));
    if (input_elements(trial.spec) > 1 << 24) tensors.insert("input");
    if (filter_elements(trial.spec) > 1 << 24) tensors.insert("filters");
    if (output_elements(trial.spec) > 1 << 24) tensors.insert("output");
  }
  BOOST_TEST(tensors.size() == 3U);
  for (const Trial& trial : int_trials) {
    BOOST_TEST(input_elements(trial.spec) > index_t{1} << 31, to_string(trial));
    BOOST_TEST(flops(trial.spec) / 2 <= 1'000'000, to_string(trial));
    BOOST_TEST((trial.pass != Pass::grad_input));
  }
}

BOOST_AUTO_TEST_CASE(remainders_meet_scaling_alignment_threads_and_padding_three_at_a_time) {
  // Columns modulo 16 x channels modulo 8 x (one of the rest): all combinations.
  std::set<std::array<index_t, 3>> met;
  for (const Trial& trial : first_trials({.seed = 4, .precisions = {Precision::f32}}, 150'000)) {
    if (why_invalid(trial.spec) || trial.spec.in_channels < 1) continue;
    const Recipe& recipe = trial.recipe;
    const auto innermost = static_cast<std::size_t>(trial.spec.rank - 1);
    const std::array<bool, 5> rest = {recipe.alpha != 1, recipe.beta != 0, recipe.align > 0,
                                      recipe.threads > 1, trial.spec.padding[innermost].before > 0};
    const index_t columns = output_extents(trial.spec)[innermost];
    for (std::size_t i = 0; i < rest.size(); ++i)
      met.insert({columns % 16, trial.spec.in_channels % 8,
                  static_cast<index_t>(2 * i + (rest[i] ? 1 : 0))});
  }
  BOOST_TEST(met.size() == 16U * 8U * 10U);
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

BOOST_AUTO_TEST_CASE(the_walk_visits_every_pair_within_1700_shapes) {
  std::set<std::pair<std::size_t, std::size_t>> visited;
  const auto applicable = static_cast<std::size_t>(std::ranges::count_if(
      features(), [](const Feature& feature) { return feature.apply != nullptr; }));
  const std::size_t pairs = applicable * (applicable - 1) / 2;
  for (std::size_t shape = 0; shape < 1700; ++shape) {
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
