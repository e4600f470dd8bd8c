// SPDX-License-Identifier: Apache-2.0
#include "reports/conditions/failure_conditions.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <random>

#include "reports/summary/summary.hpp"
#include "reports/tables/kernel_table.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(failure_conditions_test)

using namespace fabricated;
using Fails = std::function<bool(const Trial&)>;

/// A trial with every parameter drawn on its own.
Trial random_trial(std::mt19937& engine) {
  const auto below = [&](int bound) {
    return static_cast<index_t>(engine() % static_cast<unsigned>(bound));
  };
  Trial trial;
  ConvSpec& spec = trial.spec;
  spec.rank = 2;
  spec.batch = 1 + below(3);
  spec.groups = 1 + below(3);
  spec.in_channels = spec.groups * (1 + below(9));
  spec.out_channels = spec.groups * (1 + below(9));
  for (std::size_t a = 0; a < 2; ++a) {
    spec.filter[a] = 1 + below(4);
    spec.stride[a] = 1 + below(3);
    spec.dilation[a] = 1 + below(3);
    spec.input[a] = 10 + below(20);
    spec.padding[a] = {below(3), below(3)};
  }
  spec.flip = below(2) == 0;
  trial.pass = all_passes[static_cast<std::size_t>(below(3))];
  trial.precision = below(2) == 0 ? Precision::f32 : Precision::f64;
  trial.recipe.fill = below(2) == 0 ? "exact" : "flat";
  trial.recipe.threads = 1 + static_cast<int>(below(3));
  trial.recipe.beta = below(4) == 0 ? 1 : 0;
  return trial;
}

TrialResult tried(const Trial& trial, Outcome outcome) {
  TrialResult result;
  result.kernel = "a.b";
  result.trial = trial;
  result.verdict.outcome = outcome;
  return result;
}

struct Experiment {
  ConditionTrials trials;
  std::size_t failed = 0;
  std::size_t passed = 0;
};

Experiment experiment(std::size_t count, const Fails& fails, unsigned seed = 1) {
  std::mt19937 engine(seed);
  Experiment made;
  for (std::size_t i = 0; i < count; ++i) {
    const Trial trial = random_trial(engine);
    const bool wrong = fails(trial);
    ++(wrong ? made.failed : made.passed);
    made.trials.add(tried(trial, wrong ? Outcome::fail : Outcome::pass));
  }
  return made;
}

bool is_dilated(const Trial& t) { return t.spec.dilation[0] > 1 || t.spec.dilation[1] > 1; }

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(fishers_test_gives_the_probabilities_worked_by_hand) {
  const FisherTest test(30);

  // The lady tasting tea: all four of four right, 1 of C(8, 4) = 70 ways; three or more, 17 of 70.
  BOOST_TEST(std::exp(test.log_p({4, 0, 0, 4})) == 1.0 / 70, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(std::exp(test.log_p({3, 1, 1, 3})) == 17.0 / 70, boost::test_tools::tolerance(1e-12));
  // 3 of 5 inside among 10 with 3 failed: C(5,3) C(5,0) / C(10,3) = 10 / 120
  BOOST_TEST(std::exp(test.log_p({3, 2, 0, 5})) == 10.0 / 120, boost::test_tools::tolerance(1e-12));
  // 2 or more of the 3: (C(5,2) C(5,1) + C(5,3)) / 120 = 60 / 120
  BOOST_TEST(std::exp(test.log_p({2, 3, 1, 4})) == 0.5, boost::test_tools::tolerance(1e-12));
  // Everything is at least nothing.
  BOOST_TEST(test.log_p({0, 5, 3, 2}) == 0.0, boost::test_tools::tolerance(1e-12));
  // More inside than can be outside: with 9 of 10 trials inside, all 9 of 9 failed or one not.
  BOOST_TEST(std::exp(test.log_p({8, 1, 1, 0})) == 1.0, boost::test_tools::tolerance(1e-12));
  // 15 of 15: 1 / C(30, 15)
  BOOST_TEST(std::exp(test.log_p({15, 0, 0, 15})) == 1.0 / 155117520,
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_planted_property_is_found_with_its_counts) {
  const Experiment made = experiment(450, [](const Trial& t) { return t.spec.flip; });

  const std::vector<FailureCondition> found = made.trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(condition_text(found[0]) ==
             fmt::format("fails iff filter flip: {} of {} trials, 0 of {} elsewhere", made.failed,
                         made.failed, made.passed));
  BOOST_TEST(found[0].log_p < std::log(1e-30));
}

BOOST_AUTO_TEST_CASE(a_planted_conjunction_of_two_is_found) {
  const Experiment made =
      experiment(600, [](const Trial& t) { return is_dilated(t) && t.spec.groups > 1; });

  const std::vector<FailureCondition> found = made.trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST((found[0].literals == std::vector<std::string>{"dilation > 1", "groups > 1"}));
  BOOST_TEST((found[0].counts == FourCounts{made.failed, 0, 0, made.passed}));
}

BOOST_AUTO_TEST_CASE(a_planted_conjunction_of_three_is_found) {
  const Experiment made = experiment(1500, [](const Trial& t) {
    return t.pass == Pass::grad_input && t.recipe.beta != 0 && t.precision == Precision::f64;
  });

  const std::vector<FailureCondition> found = made.trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST((found[0].literals ==
              std::vector<std::string>{"pass grad_input", "precision f64", "scaled"}));
  BOOST_TEST(found[0].counts.failed_inside == made.failed);
  BOOST_TEST(found[0].counts.passed_inside == 0U);
}

BOOST_AUTO_TEST_CASE(two_faults_are_two_conditions_the_second_of_the_remaining_failures) {
  const auto first = [](const Trial& t) { return t.pass == Pass::grad_weights; };
  const auto second = [](const Trial& t) { return t.recipe.beta != 0 && t.spec.batch > 1; };
  std::size_t of_second = 0;
  const Experiment made = experiment(900, [&](const Trial& t) {
    if (!first(t) && second(t)) ++of_second;
    return first(t) || second(t);
  });

  const std::vector<FailureCondition> found = made.trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 2U);
  BOOST_TEST((found[0].literals == std::vector<std::string>{"pass grad_weights"}));
  BOOST_TEST(found[0].counts.passed_inside == 0U);
  BOOST_TEST((found[1].literals == std::vector<std::string>{"scaled", "batch > 1"}));
  BOOST_TEST((found[1].counts == FourCounts{of_second, 0, 0, made.passed}));
  BOOST_TEST(condition_text(found[0]).starts_with("fails where pass grad_weights: "));
}

BOOST_AUTO_TEST_CASE(a_few_exceptions_do_not_hide_a_condition) {
  std::mt19937 noise(7);
  const Experiment made = experiment(800, [&](const Trial& t) {
    const bool flips = noise() % 50 == 0;
    return t.spec.flip != flips;
  });

  const std::vector<FailureCondition> found = made.trials.conditions();

  BOOST_TEST_REQUIRE(!found.empty());
  BOOST_TEST((found[0].literals == std::vector<std::string>{"filter flip"}));
  BOOST_TEST(found[0].counts.passed_inside > 0U);
  BOOST_TEST(condition_text(found[0]).starts_with("fails where filter flip: "));
}

BOOST_AUTO_TEST_CASE(failures_at_random_have_no_pattern) {
  for (unsigned seed = 0; seed < 10; ++seed)
    for (const unsigned one_in : {3U, 20U}) {
      std::mt19937 chance(seed);
      const Experiment made = experiment(
          400, [&](const Trial&) { return chance() % one_in == 0; }, seed + 100);

      BOOST_TEST(made.trials.conditions().empty());
    }
}

BOOST_AUTO_TEST_CASE(three_failures_are_too_few_for_a_pattern) {
  int left = 3;
  const Experiment made =
      experiment(60, [&](const Trial& t) { return is_dilated(t) && left-- > 0; });

  BOOST_TEST(made.failed == 3U);
  BOOST_TEST(made.trials.conditions().empty());
}

BOOST_AUTO_TEST_CASE(a_significant_but_small_difference_is_no_pattern) {
  std::size_t number = 0;
  const Experiment made = experiment(4000, [&](const Trial& t) {
    ++number;
    return t.spec.flip || number % 20 != 0;  // 100 % and 95 % fail
  });

  BOOST_TEST(made.trials.conditions().empty());
}

BOOST_AUTO_TEST_CASE(a_kernel_that_always_fails_fails_everywhere) {
  const Experiment made = experiment(50, [](const Trial&) { return true; });

  const std::vector<FailureCondition> found = made.trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(condition_text(found[0]) == "fails everywhere: 50 of 50 trials");
}

BOOST_AUTO_TEST_CASE(crashes_are_failures_and_unsupported_or_mistrusted_trials_do_not_count) {
  std::mt19937 engine(5);
  ConditionTrials trials;
  std::size_t crashed = 0;
  for (int i = 0; i < 300; ++i) {
    const Trial trial = random_trial(engine);
    const bool wide = trial.precision == Precision::f64;
    if (i % 3 == 0) {
      trials.add(tried(trial, wide ? Outcome::unsupported : Outcome::mistrusted));
      continue;
    }
    if (wide) ++crashed;
    trials.add(tried(trial, wide ? Outcome::crashed : Outcome::pass));
  }

  const std::vector<FailureCondition> found = trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found[0].literals.front() == "precision f64");
  BOOST_TEST((found[0].counts == FourCounts{crashed, 0, 0, 200 - crashed}));
}

BOOST_AUTO_TEST_CASE(fills_and_checks_are_literals_by_their_names) {
  std::mt19937 engine(3);
  ConditionTrials trials;
  for (int i = 0; i < 200; ++i) {
    Trial trial = random_trial(engine);
    trial.recipe.fill = i % 5 == 0 ? "special" : i % 5 == 1 ? "exact" : "flat";
    trials.add(tried(trial, i % 5 == 0 ? Outcome::fail : Outcome::pass));
  }

  const std::vector<FailureCondition> found = trials.conditions();

  BOOST_TEST_REQUIRE(found.size() == 1U);
  BOOST_TEST(condition_text(found[0]) ==
             "fails iff fill special: 40 of 40 trials, 0 of 160 elsewhere");
}

BOOST_AUTO_TEST_CASE(every_literal_has_a_name_of_its_own_and_fits) {
  std::vector<std::string> names;
  for (const ConditionLiteral& literal : condition_literals()) names.push_back(literal.name);
  std::ranges::sort(names);

  BOOST_TEST((std::ranges::adjacent_find(names) == names.end()));
  BOOST_TEST(names.size() + 40 <= most_condition_literals);
}

BOOST_AUTO_TEST_CASE(an_invalid_spec_has_no_other_literal) {
  const Trial invalid = parse_trial("c3_i2x2_k4_f3x3_g2/forward/f32/check=must_refuse");

  BOOST_TEST(literal_bits(invalid).count() == 1U);
}

BOOST_AUTO_TEST_CASE(merged_journals_have_common_conditions) {
  JournalData half;
  half.info = info({"a.b"}, 40);
  std::mt19937 engine(9);
  for (int i = 0; i < 60; ++i) {
    const Trial trial = random_trial(engine);
    half.results.push_back(tried(trial, trial.spec.flip ? Outcome::fail : Outcome::pass));
  }
  const std::vector<JournalData> journals = {half, half};  // killed: they have no end

  const std::string text = conditions_table(summarize(journals));

  BOOST_TEST(text.starts_with("a.b fails iff filter flip: "));
}

/// Seconds that the conditions of `made` take.
double search_time_s(const Experiment& made, std::size_t& found) {
  const auto begin = std::chrono::steady_clock::now();
  found = made.trials.conditions().size();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

BOOST_AUTO_TEST_CASE(fifteen_thousand_trials_take_less_than_a_second) {
  const Experiment two_faults = experiment(15'000, [](const Trial& t) {
    return (is_dilated(t) && t.spec.groups > 1 && t.pass == Pass::forward) ||
           t.spec.in_channels % 7 == 0;
  });
  std::mt19937 chance(1);
  const Experiment by_chance = experiment(15'000, [&](const Trial&) { return chance() % 4 == 0; });

  std::size_t planted = 0;
  std::size_t random = 0;
  const double planted_s = search_time_s(two_faults, planted);
  const double random_s = search_time_s(by_chance, random);

  BOOST_TEST_MESSAGE(
      fmt::format("15,000 trials: {:.3f} s with two faults, {:.3f} s where nothing "
                  "can be left out",
                  planted_s, random_s));
  BOOST_TEST(planted == 2U);
  BOOST_TEST(random == 0U);
  BOOST_TEST(planted_s + random_s < 15.0);  // below 1 s each without sanitizers
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
