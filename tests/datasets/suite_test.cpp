// SPDX-License-Identifier: Apache-2.0
#include "datasets/suite.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <set>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/covering.hpp"
#include "datasets/factor_levels.hpp"
#include "datasets/fills.hpp"
#include "datasets/shape_sets.hpp"

namespace convict::datasets {
namespace {

BOOST_AUTO_TEST_SUITE(suite_test)

BOOST_AUTO_TEST_CASE(covering_rows_hold_every_pair_of_levels) {
  const std::vector<int> counts = {3, 5, 2, 7, 4};

  const auto rows = pairwise_rows(counts, 1);

  std::set<std::array<std::size_t, 4>> pairs;
  for (const auto& row : rows)
    for (std::size_t a = 0; a < counts.size(); ++a)
      for (std::size_t b = a + 1; b < counts.size(); ++b)
        pairs.insert({a, static_cast<std::size_t>(row[a]), b, static_cast<std::size_t>(row[b])});
  std::size_t all = 0;
  for (std::size_t a = 0; a < counts.size(); ++a)
    for (std::size_t b = a + 1; b < counts.size(); ++b)
      all += static_cast<std::size_t>(counts[a] * counts[b]);
  BOOST_TEST(pairs.size() == all);
  BOOST_TEST(rows.size() >= 35U);
  BOOST_TEST(rows.size() <= 60U, "not many more rows than the largest pair of factors needs");
}

BOOST_AUTO_TEST_CASE(one_covering_array_meets_every_kind_of_problem) {
  constexpr std::array ranks = {1, 2, 3};
  std::map<std::string, int> seen;
  std::uint64_t seed = 0;
  for (const auto& row : pairwise_rows(factor_levels(ranks), 7)) {
    const Trial trial = trial_of_levels(row, ranks, ++seed);
    const ConvSpec& spec = trial.spec;
    BOOST_TEST(!why_invalid(spec).has_value(), to_string(spec));
    ++seen["rank " + std::to_string(spec.rank)];
    ++seen[std::string(name_of(trial.pass))];
    ++seen[std::string(name_of(trial.precision))];
    ++seen[trial.recipe.fill];
    if (spec.flip) ++seen["flip"];
    if (spec.unshared) ++seen["unshared"];
    if (spec.groups > 1) ++seen["groups"];
    if (spec.groups > 1 && spec.groups == spec.in_channels) ++seen["depthwise"];
    if (spec.batch == 0 || spec.in_channels == 0 || spec.out_channels == 0) ++seen["empty"];
    if (spec.border == BorderMode::half) ++seen["half"];
    if (spec.border == BorderMode::full) ++seen["full"];
    if (spec.padding[0].before != spec.padding[0].after) ++seen["one-sided"];
    if (spec.stride[0] > dilated_extent(spec, 0)) ++seen["stride beyond extent"];
    if (spec.padding[0].before >= dilated_extent(spec, 0)) ++seen["padding beyond extent"];
    if (trial.recipe.layout == Layout::nhwc) ++seen["nhwc"];
    if (!is_uniform(trial.recipe.layout)) ++seen["mixed orders"];
    if (slices_filters(trial.recipe.steps)) ++seen["slice of filters"];
    if (spreads_images(trial.recipe.layout, trial.recipe.steps)) ++seen["slice of images"];
    if (aligns_steps(trial.recipe.steps)) ++seen["aligned rows"];
    if (has_repeats(trial.recipe.steps)) ++seen["repeated"];
    if (has_reversed(trial.recipe.steps)) ++seen["reversed"];
    BOOST_TEST((parse_trial(to_string(trial)) == trial));
    if (trial.recipe.beta != 0) ++seen["beta"];
    if (trial.recipe.align != 0) ++seen["misaligned"];
    if (trial.recipe.guard == Guard::left) ++seen["guard left"];
    if (trial.recipe.guard == Guard::right) ++seen["guard right"];
    if (trial.recipe.threads > 1) ++seen["threads"];
  }

  for (const char* kind : {"rank 1",
                           "rank 2",
                           "rank 3",
                           "forward",
                           "grad_input",
                           "grad_weights",
                           "f64",
                           "f32",
                           "bf16",
                           "f16",
                           "flip",
                           "unshared",
                           "groups",
                           "depthwise",
                           "empty",
                           "half",
                           "full",
                           "one-sided",
                           "stride beyond extent",
                           "padding beyond extent",
                           "nhwc",
                           "mixed orders",
                           "slice of filters",
                           "slice of images",
                           "aligned rows",
                           "repeated",
                           "reversed",
                           "beta",
                           "misaligned",
                           "guard left",
                           "guard right",
                           "threads"})
    BOOST_TEST(seen[kind] > 3, kind);
  for (const Fill& fill : fills()) BOOST_TEST(seen[std::string(fill.name)] > 0, fill.name);
}

BOOST_AUTO_TEST_CASE(a_suite_is_the_same_every_time_and_its_trials_survive_their_text) {
  const std::vector<Trial> suite = suite_named("edge");
  const std::vector<Trial> again = suite_named("edge");

  BOOST_REQUIRE(!suite.empty());
  BOOST_TEST((suite == again));
  for (const Trial& trial : suite) BOOST_TEST((parse_trial(to_string(trial)) == trial));
}

BOOST_AUTO_TEST_CASE(layers_of_networks_are_cut_to_few_products_and_keep_their_filters) {
  const std::vector<Trial> trials = layer_trials();
  std::set<std::pair<Axes, index_t>> filters;
  std::set<index_t> batches;
  for (const Trial& trial : trials) {
    BOOST_TEST(!why_invalid(trial.spec).has_value(), to_string(trial));
    BOOST_TEST(flops(trial.spec) / 2 <= 2'000'000, to_string(trial));
    filters.insert({trial.spec.filter, trial.spec.in_channels});
    batches.insert(trial.spec.batch);
  }
  for (const char* const network : {"resnet50", "vgg19", "alexnet", "mobilenet_v1", "mobilenet_v2",
                                    "unet3d", "deeplab", "wavenet"})
    for (const ConvSpec& layer : shape_set(network).specs)
      BOOST_TEST(filters.contains({layer.filter, layer.in_channels}), to_string(layer));
  BOOST_TEST(batches.contains(1));
  BOOST_TEST(batches.contains(2));
  BOOST_TEST(trials.size() > 600U);
}

BOOST_AUTO_TEST_CASE(the_core_suite_has_judged_trials_in_every_precision) {
  std::map<Precision, int> judged;
  for (const Trial& trial : suite_named("core"))
    if (trial.recipe.check == "judge") ++judged[trial.precision];

  for (const Precision precision : all_precisions)
    BOOST_TEST(judged[precision] > 500, name_of(precision));
}

BOOST_AUTO_TEST_CASE(the_core_suite_has_factors_that_are_no_binary_fractions_tiny_and_huge) {
  int rounded = 0;
  int tiny = 0;
  int huge = 0;
  for (const Trial& trial : suite_named("core")) {
    const double alpha = std::fabs(trial.recipe.alpha);
    if (std::ldexp(alpha, 20) != std::nearbyint(std::ldexp(alpha, 20))) ++rounded;
    if (alpha > 0 && alpha < 0.02) ++tiny;
    if (alpha > 50) ++huge;
  }

  BOOST_TEST(rounded > 500);
  BOOST_TEST(tiny > 100);
  BOOST_TEST(huge > 100);
}

BOOST_AUTO_TEST_CASE(no_trial_of_the_core_suite_is_exact_in_name_only) {
  for (const Trial& trial : suite_named("core"))
    if (trial.recipe.check == "judge" && fill_named(trial.recipe.fill).exact)
      BOOST_TEST(limits_of(trial).has_value(), to_string(trial));
}

BOOST_AUTO_TEST_CASE(an_unknown_suite_is_an_error) {
  BOOST_CHECK_THROW(suite_named("cores"), InputError);
  BOOST_CHECK_THROW(suite_named("./absent.txt"), InputError);
}

BOOST_AUTO_TEST_CASE(the_faults_of_cudnn_are_tested_in_its_narrow_types_too) {
  std::set<Precision> faults, network;
  for (const Trial& trial : suite_named("cudnn_faults")) faults.insert(trial.precision);
  for (const Trial& trial : suite_named("alexnet")) network.insert(trial.precision);

  BOOST_TEST((faults == std::set<Precision>{Precision::f64, Precision::f32, Precision::tf32,
                                            Precision::bf16, Precision::f16}));
  BOOST_TEST((network == std::set<Precision>{Precision::f64, Precision::f32}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::datasets
