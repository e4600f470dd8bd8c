// SPDX-License-Identifier: Apache-2.0
#include "run/hang_regions.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "datasets/suite.hpp"

namespace convict::run {
namespace {

BOOST_AUTO_TEST_SUITE(hang_regions_test)

using HangsOn = std::function<bool(const Problem&)>;

index_t largest(const Axes& values) { return *std::ranges::max_element(values); }

/// What a kernel got that hangs where `hangs` says, on the crossed trials of the suite.
struct Course {
  std::size_t hung = 0;
  std::size_t returned = 0;
  std::size_t withheld = 0;        ///< and it would have hung
  std::size_t withheld_wrong = 0;  ///< and it would have returned
  std::string last_reason;
  std::optional<std::string> given_up;
};

Course course_of(const HangsOn& hangs) {
  HangRegions regions;
  Course outcome;
  const std::vector<Trial> trials = datasets::suite_named("core");
  for (std::size_t i = 0; i < trials.size(); i += 3) {
    const Trial& trial = trials[i];
    if (why_invalid(trial.spec)) continue;
    const Problem problem = problem_of(trial);
    const CallValues call = values_of(problem, trial.recipe);
    if (auto why = regions.why_withheld(call)) {
      ++(hangs(problem) ? outcome.withheld : outcome.withheld_wrong);
      outcome.last_reason = *why;
    } else if (hangs(problem)) {
      ++outcome.hung;
      regions.hung(call);
    } else {
      ++outcome.returned;
      regions.returned(call);
    }
  }
  outcome.given_up = regions.given_up();
  return outcome;
}

BOOST_AUTO_TEST_CASE(the_region_of_one_cause_is_found_in_a_few_hangs) {
  const Course outcome =
      course_of([](const Problem& problem) { return largest(problem.spec.stride) > 2; });

  BOOST_TEST(outcome.hung < 25U);
  BOOST_TEST(outcome.withheld > 300U);
  BOOST_TEST(outcome.withheld_wrong < outcome.returned / 20);
  BOOST_TEST(outcome.last_reason == "hung nearby: stride >= 3");
  BOOST_TEST(!outcome.given_up.has_value());
}

BOOST_AUTO_TEST_CASE(a_region_may_need_two_literals) {
  const Course outcome = course_of([](const Problem& problem) {
    return problem.pass == Pass::grad_input && problem.spec.groups > 1;
  });

  BOOST_TEST(outcome.hung < 30U);
  BOOST_TEST(outcome.withheld > 100U);
  BOOST_TEST(outcome.withheld_wrong < outcome.returned / 20);
  BOOST_TEST(outcome.last_reason == "hung nearby: pass grad_input and groups >= 2");
}

BOOST_AUTO_TEST_CASE(two_causes_are_two_regions) {
  const Course outcome = course_of([](const Problem& problem) {
    return problem.spec.flip || largest(problem.spec.dilation) > 2;
  });

  BOOST_TEST(outcome.hung < 60U);
  BOOST_TEST(outcome.withheld > 500U);
  BOOST_TEST(outcome.withheld_wrong < outcome.returned / 4);
  BOOST_TEST(!outcome.given_up.has_value());
}

BOOST_AUTO_TEST_CASE(a_kernel_that_hangs_on_everything_is_given_up) {
  const Course outcome = course_of([](const Problem&) { return true; });

  BOOST_TEST(outcome.hung == HangRegions::most_without_return);
  BOOST_TEST(*outcome.given_up == "given up: each of its first 5 calls hung");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_hangs_by_chance_is_given_up_in_the_end) {
  HangRegions regions;
  const Trial trial = parse_trial("c2_i5_k3_f2/forward/f32");
  const CallValues call = values_of(problem_of(trial), trial.recipe);
  std::size_t hung = 0;
  for (int i = 0; i < 1000 && !regions.why_withheld(call); ++i) {
    if (i % 3 == 2) {
      regions.hung(call);
      ++hung;
    } else {
      regions.returned(call);
    }
  }

  BOOST_TEST(hung == HangRegions::most_unexplained);
  BOOST_TEST(regions.given_up()->starts_with("given up: it hung 20 times"));
}

BOOST_AUTO_TEST_CASE(a_few_hangs_are_no_region) {
  HangRegions regions;
  const auto values = [](std::string_view text) {
    const Trial trial = parse_trial(text);
    return values_of(problem_of(trial), trial.recipe);
  };
  for (int i = 0; i < 50; ++i) regions.returned(values("c2_i5_k3_f2/forward/f32"));
  for (std::size_t i = 1; i < HangRegions::least_hangs; ++i)
    regions.hung(values("c2_i5_k3_f2_s2/forward/f32"));

  BOOST_TEST(!regions.why_withheld(values("c2_i5_k3_f2_s2/forward/f32")).has_value());
  regions.hung(values("c2_i5_k3_f2_s2/forward/f32"));
  BOOST_TEST(regions.why_withheld(values("c2_i5_k3_f2_s2/forward/f32")).has_value());
}

BOOST_AUTO_TEST_CASE(a_region_that_is_too_large_is_found_out) {
  // All that hung has stride 2 and f64; f32 with stride 2 was never seen.
  HangRegions regions;
  const auto values = [](std::string_view text) {
    const Trial trial = parse_trial(text);
    return values_of(problem_of(trial), trial.recipe);
  };
  for (int i = 0; i < 50; ++i) {
    regions.returned(values("c2_i5_k3_f2/forward/f32"));
    regions.returned(values("c2_i5_k3_f2/forward/f64"));
  }
  for (int i = 0; i < 3; ++i) regions.hung(values("c2_i5_k3_f2_s2/forward/f64"));
  const CallValues innocent = values("c2_i5_k3_f2_s2/forward/f32");

  int asked = 0;
  for (int i = 0; i < 10; ++i)
    if (!regions.why_withheld(innocent)) {
      ++asked;
      regions.returned(innocent);
    }

  BOOST_TEST(asked == 9);  // all but the first
  BOOST_TEST(regions.why_withheld(values("c2_i5_k3_f2_s2/forward/f64")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::run
