// SPDX-License-Identifier: Apache-2.0
// Exact limits, bounds, comparison and the runner.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "core/spec_text.hpp"
#include "datasets/suite.hpp"
#include "oracle/truth/compare.hpp"
#include "reference/kernels.hpp"
#include "run/run_suite.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(oracle_test)

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

reference::Truth truth_of(std::vector<double> values) {
  const std::size_t n = values.size();
  return {.value = std::move(values),
          .correction = {},
          .magnitude = std::vector<double>(n, 4.0),
          .products = std::vector<index_t>(n, 4),
          .ambiguous = std::vector<std::uint8_t>(n, 0)};
}

BOOST_AUTO_TEST_CASE(nan_never_passes_a_comparison_at_any_position) {
  const std::vector<double> values = {1, -2, 3, 0, 5};
  const reference::Truth truth = truth_of(values);
  const Bound bound(Precision::f32, {}, {.elements = 5});
  for (std::size_t at = 0; at < values.size(); ++at) {
    std::vector<double> subject = values;
    subject[at] = nan_value;

    for (const Comparison& comparison :
         {compare_exactly(subject, truth, format_of(Precision::f32), 1),
          compare_within(subject, truth, bound)}) {
      BOOST_TEST(comparison.wrong == 1);
      BOOST_TEST(comparison.first.front() == static_cast<index_t>(at));
      BOOST_TEST(comparison.worst == static_cast<index_t>(at));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_overflow_is_outside_even_an_infinite_bound) {
  reference::Truth truth = truth_of({1});
  truth.products = {5000};
  const Bound bound(Precision::f16a16, {}, {.elements = 1});
  BOOST_REQUIRE(std::isinf(bound_at(truth, bound, 0)));

  BOOST_TEST(compare_within(std::vector<double>{infinity}, truth, bound).wrong == 1);
  BOOST_TEST(compare_within(std::vector<double>{nan_value}, truth, bound).wrong == 1);
}

BOOST_AUTO_TEST_CASE(the_sign_of_zero_does_not_count) {
  const Comparison comparison =
      compare_exactly(std::vector<double>{-0.0}, truth_of({0.0}), format_of(Precision::f32), 1);

  BOOST_TEST(comparison.wrong == 0);
}

BOOST_AUTO_TEST_CASE(exact_16_bit_results_are_the_sum_rounded_once) {
  // 257 lies between the bf16 numbers 256 and 258; ties go to the even one.
  const FloatFormat bf16_format = format_of(Precision::bf16);

  BOOST_TEST(compare_exactly(std::vector<double>{256}, truth_of({257}), bf16_format, 1).wrong == 0);
  BOOST_TEST(compare_exactly(std::vector<double>{258}, truth_of({257}), bf16_format, 1).wrong == 1);
  BOOST_TEST(compare_exactly(std::vector<double>{260}, truth_of({259}), bf16_format, 1).wrong == 0);
}

BOOST_AUTO_TEST_CASE(where_alpha_may_be_rounded_to_zero_infinity_is_right_too_but_not_anything) {
  reference::Truth truth;
  truth.ambiguous = {0, 1, reference::Truth::also_infinite};
  BOOST_TEST(!truth.may_be(std::nan(""), 0));
  BOOST_TEST(truth.may_be(std::nan(""), 1));
  BOOST_TEST(!truth.may_be(-HUGE_VAL, 1));
  BOOST_TEST(truth.may_be(std::nan(""), 2));
  BOOST_TEST(truth.may_be(-HUGE_VAL, 2));
  BOOST_TEST(!truth.may_be(1.0, 2));
}

BOOST_AUTO_TEST_CASE(an_ambiguous_element_may_be_nan_but_not_anything) {
  reference::Truth truth = truth_of({1, infinity});
  truth.ambiguous = {1, 1};
  const Bound bound(Precision::f32, {}, {.elements = 2});

  BOOST_TEST(compare_within(std::vector<double>{nan_value, nan_value}, truth, bound).wrong == 0);
  BOOST_TEST(compare_within(std::vector<double>{1, infinity}, truth, bound).wrong == 0);
  BOOST_TEST(compare_within(std::vector<double>{infinity, 1}, truth, bound).wrong == 2);
  BOOST_TEST(compare_within(std::vector<double>{1, -infinity}, truth, bound).wrong == 1);
}

BOOST_AUTO_TEST_CASE(the_bound_matches_its_formula_by_hand) {
  const double u = 0x1p-24;
  const Bound worst(Precision::f32, {}, {.elements = 10});
  const double g = 7 * u / (1 - 7 * u);
  const double eta = 0x1p-150;
  BOOST_TEST(worst({.value = 2, .magnitude = 4, .products = 4}) == g * 4 + 6 * eta + eta,
             boost::test_tools::tolerance(1e-12));

  // bf16 out of an f32 accumulator adds one rounding of the result.
  const Bound narrow(Precision::bf16, {}, {.elements = 10});
  const double a = g * 4;
  BOOST_TEST(narrow({.value = 2, .magnitude = 4, .products = 4}) == a + 0x1p-8 * (2 + a),
             boost::test_tools::tolerance(1e-12));

  // Without products the result must be exact.
  BOOST_TEST(worst({.value = 0, .magnitude = 0, .products = 0}) == 0);
}

BOOST_AUTO_TEST_CASE(the_probabilistic_bound_is_the_smaller_one_for_long_sums_only) {
  const Bound worst(Precision::f32, {}, {.elements = 1000});
  const Bound likely(Precision::f32, {}, {.elements = 1000, .zero_mean = true});
  const auto at = [](const Bound& bound, index_t n) {
    return bound({.value = 0, .magnitude = static_cast<double>(n), .products = n});
  };

  BOOST_TEST(at(likely, 10) == at(worst, 10));
  BOOST_TEST(at(likely, 10'000) < 0.1 * at(worst, 10'000));
  constexpr double mean_product = 0.75 * 0.75;
  BOOST_TEST(mean_product * at(likely, 9'000) < 0.25,
             "a dropped product of +-U[0.5,1] data stays visible");
}

BOOST_AUTO_TEST_CASE(claims_widen_the_bound_as_they_should) {
  const ElementSize element{.value = 1, .magnitude = 100, .products = 100};
  const auto bound = [&](const Claims& claims) {
    return Bound(Precision::f32, claims, {.elements = 1})(element);
  };
  const double plain = bound({});

  BOOST_TEST(bound({.input_rounding = Precision::tf32}) > 100 * 2 * 0x1p-11);
  BOOST_TEST(bound({.accumulation_depth = 10}) < 0.2 * plain);
  BOOST_TEST(bound({.truncating_adds = true, .truncation_block = 4}) == 2.5 * plain,
             boost::test_tools::tolerance(0.01));
  BOOST_TEST(bound({.accumulator = Precision::f64}) < plain);
  BOOST_TEST(bound({.flush_to_zero = true}) - plain == 203 * 0x1p-126,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(exact_operands_add_up_exactly_in_any_order_in_the_accumulator) {
  for (const char* fill : {"exact", "mantissa", "mantissa_mirror", "impulse"})
    for (const Precision precision : {Precision::f32, Precision::bf16, Precision::f16})
      for (const char* spec :
           {"n3_c8_i6x5_k4_f3x3_p1", "c64_i9_k2_f7", "n2_c6_i4x4x4_k6_f2x2x2_g3"}) {
        Trial trial{.spec = parse_spec(spec), .precision = precision, .recipe = {}};
        trial.recipe.fill = fill;
        const auto limits = datasets::exact_limits(trial.spec, trial.pass, precision, 1, 0);
        BOOST_REQUIRE(limits.has_value());

        const datasets::Operands operands = datasets::fill(trial);
        // The largest sum in any order: all products are as large as possible and have one sign.
        const auto largest = [](const std::vector<double>& values) {
          return *std::ranges::max_element(values, {}, [](double v) { return std::fabs(v); });
        };
        const double sum = static_cast<double>(limits->products) *
                           std::fabs(largest(operands.input)) *
                           std::fabs(largest(operands.filters));

        BOOST_TEST(sum <= 0x1p24);
        for (const double value : operands.input) {
          BOOST_TEST(value == std::nearbyint(value));
          BOOST_TEST(std::fabs(value) <= std::ldexp(1.0, format_of(precision).digits));
        }
      }
}

BOOST_AUTO_TEST_CASE(limits_leave_room_for_alpha_and_beta) {
  const ConvSpec spec = parse_spec("n3_c8_i6x5_k4_f3x3_p1");
  const auto plain = datasets::exact_limits(spec, Pass::forward, Precision::f32, 1, 0);
  const auto scaled = datasets::exact_limits(spec, Pass::forward, Precision::f32, 2, -0.5);

  BOOST_REQUIRE(plain && scaled);
  BOOST_TEST(plain->grid == 1);
  BOOST_TEST(scaled->grid == 0.5);
  BOOST_TEST(scaled->old_limit > 0);
  BOOST_TEST((2.0 * 72 * static_cast<double>(scaled->product_limit) +
              0.5 * static_cast<double>(scaled->old_limit)) *
                 2 <=
             0x1p24);
  BOOST_TEST(!datasets::exact_limits(spec, Pass::forward, Precision::f32, 0.1, 0).has_value());
}

BOOST_AUTO_TEST_CASE(any_element_of_a_fill_is_a_function_of_its_seed_and_index) {
  Trial trial = parse_trial("c2_i8x8_k2_f3x3/forward/f32/fill=normal,seed=9");
  const auto first = datasets::fill(trial);
  const auto again = datasets::fill(trial);
  trial.recipe.seed = 10;
  const auto other = datasets::fill(trial);

  BOOST_TEST(first.input == again.input, boost::test_tools::per_element());
  BOOST_TEST((first.input != other.input));
}

/// Stores all results.
struct Recorder final : run::Observer {
  std::vector<TrialResult> results;
  void trial(const TrialResult& result) override { results.push_back(result); }
};

std::vector<Trial> some_trials() {
  std::vector<Trial> trials = datasets::suite_named("edge");
  std::erase_if(trials, [](const Trial& trial) { return flops(trial.spec) > 100'000; });
  trials.resize(400);
  return trials;
}

BOOST_AUTO_TEST_CASE(results_arrive_in_trial_order_whatever_the_number_of_jobs) {
  const std::vector<Trial> trials = some_trials();
  const std::vector<sandbox::Subject> subjects = {
      sandbox::in_process(reference::kernels().front())};
  for (const int jobs : {1, 2, 5}) {
    Recorder recorder;

    const run::RunEnd end = run::run_suite(trials, subjects, recorder, {.jobs = jobs});

    BOOST_REQUIRE(recorder.results.size() == trials.size());
    for (std::size_t i = 0; i < trials.size(); ++i)
      BOOST_TEST((recorder.results[i].trial == trials[i]));
    BOOST_TEST(end.tally.total() == trials.size());
    BOOST_TEST(end.tally.findings() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_run_stops_when_asked_and_when_an_observer_fails) {
  struct Stops final : run::Observer {
    std::atomic<bool> stop = false;
    std::size_t seen = 0;
    void trial(const TrialResult&) override { stop = ++seen >= 10; }
  } stops;
  struct Fails final : run::Observer {
    void trial(const TrialResult&) override { throw std::runtime_error("disk full"); }
  } fails;
  const std::vector<Trial> trials = some_trials();
  const std::vector<sandbox::Subject> subjects = {
      sandbox::in_process(reference::kernels().front())};

  const run::RunEnd end = run::run_suite(trials, subjects, stops, {.jobs = 2, .stop = &stops.stop});

  BOOST_TEST(end.interrupted);
  BOOST_TEST(end.tally.total() < trials.size());
  BOOST_CHECK_EXCEPTION(run::run_suite(trials, subjects, fails, {.jobs = 2}), run::RunFailure,
                        [](const run::RunFailure& failure) {
                          return failure.end.failed && failure.end.reason == failure.what() &&
                                 failure.cause;
                        });
}

BOOST_AUTO_TEST_CASE(golden_cases_must_agree_with_the_reference) {
  const Case known = make_case(parse_trial("c2_i5x4_k3_f2x3/forward/f32/fill=flat"));
  datasets::GoldenCase golden = golden_of(known);

  BOOST_CHECK_NO_THROW(case_of(golden));
  BOOST_TEST(
      std::ranges::all_of(golden.bound, [](double bound) { return bound > 0 && bound < 1e-5; }));
  golden.truth[3] += 1e-6;
  BOOST_CHECK_THROW(case_of(golden), std::exception);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
