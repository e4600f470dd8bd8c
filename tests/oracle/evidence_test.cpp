// SPDX-License-Identifier: Apache-2.0
// What a trial's data could have revealed: zeros, results beyond the largest number, long
// sums with a statistical bound, operands that fit a kernel's claims.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "datasets/suite.hpp"
#include "mutants/answers.hpp"
#include "mutants/direct.hpp"
#include "mutants/mutants.hpp"
#include "mutants/right/right.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/truth/compare.hpp"
#include "reference/kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(evidence_test)

constexpr double infinite = std::numeric_limits<double>::infinity();

/// Sums of 4 products with S = `magnitude`.
reference::Truth sums_of_four(std::vector<double> values, double magnitude) {
  const std::size_t n = values.size();
  return {.value = std::move(values),
          .correction = {},
          .magnitude = std::vector<double>(n, magnitude),
          .products = std::vector<index_t>(n, 4),
          .ambiguous = {}};
}

Verdict verdict_on(const Kernel& kernel, const std::string& trial) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(parse_trial(trial), subject, *sandbox, cases);
}

const Kernel& right_kernel(std::string_view name) {
  return *std::ranges::find(mutants::right_kernels(), name, &Kernel::name);
}
Kernel answer(std::string_view name) {
  for (const Kernel& kernel : mutants::wrong_answers())
    if (kernel.name == name) return kernel;
  return {};
}

BOOST_AUTO_TEST_CASE(elements_at_which_zeros_would_pass_are_counted_by_hand) {
  // u = 2^-11 and 4 products: gamma_7 S = 7 / 2041 * 4 = 0.01372.
  const Bound bound(Precision::f16a16, {}, {.elements = 4});
  const auto share = [&](std::vector<double> values) {
    const reference::Truth truth = sums_of_four(values, 4);
    return compare_within(values, truth, bound).zeros_share();
  };

  BOOST_TEST(bound_at(sums_of_four({1}, 4), bound, 0) == 28.0 / 2041,
             boost::test_tools::tolerance(1e-4));
  BOOST_TEST(share({0.013, -0.013, 1, 0.014}) == 0.5);
  BOOST_TEST(share({0.013, -0.013, 1, 0.001}) == 0.75);
  BOOST_TEST(share({0.014, -0.014, 1, 3}) == 0);
}

BOOST_AUTO_TEST_CASE(an_element_without_terms_says_nothing_of_zeros) {
  const Bound bound(Precision::f16a16, {}, {.elements = 3});
  reference::Truth truth = sums_of_four({0, 0, 2}, 4);
  truth.magnitude[0] = truth.magnitude[1] = 0;
  truth.products = {0, 0, 4};

  const Comparison found = compare_within(truth.value, truth, bound);

  BOOST_TEST(found.telling == 1);
  BOOST_TEST(found.zeros_pass == 0);
}

BOOST_AUTO_TEST_CASE(elements_at_which_the_next_one_would_pass_are_counted_by_hand) {
  const Bound bound(Precision::f16a16, {}, {.elements = 4});  // within 0.01372
  const reference::Truth truth = sums_of_four({1, 1.01, 1.01, 1.1}, 4);

  const Comparison found = compare_within(truth.value, truth, bound);

  BOOST_TEST(found.differing == 2);  // 1 and 1.01, 1.01 and 1.1
  BOOST_TEST(found.moved_pass == 1);
}

BOOST_AUTO_TEST_CASE(a_trial_that_zeros_would_pass_is_mistrusted) {
  const std::string trial = "c256_i8x8_k16_f3x3_p1/forward/f16a16/fill=normal";
  for (const char* name : {"answer.zeros", "answer.negated", "answer.doubled"}) {
    const Verdict verdict = verdict_on(answer(name), trial);
    BOOST_TEST((verdict.outcome == Outcome::mistrusted || is_finding(verdict.outcome)), name);
  }
  const Verdict of_right = verdict_on(right_kernel("right.f16_accumulator"), trial);

  BOOST_TEST((of_right.outcome == Outcome::mistrusted));
  BOOST_TEST(of_right.reason == "an answer of zeros would be within the bound of most elements");
  BOOST_TEST(zeros_would_pass(of_right));
}

BOOST_AUTO_TEST_CASE(what_is_posed_instead_convicts_zeros_in_narrow_sums) {
  for (const char* const trial : {"c2_i8x8_k16_f3x3_p1/forward/f16a16/fill=flat",
                                  "c256_i8x8_k16_f3x3_p1/forward/f16a16/fill=sparse"}) {
    const Verdict of_zeros = verdict_on(answer("answer.zeros"), trial);
    BOOST_TEST((of_zeros.outcome == Outcome::fail), trial << ": " << of_zeros.reason);
    const Verdict of_right = verdict_on(right_kernel("right.f16_accumulator"), trial);
    BOOST_TEST((of_right.outcome == Outcome::pass), trial << ": " << of_right.reason);
  }
  for (const char* fill : {"exact", "normal", "positive", "flat"}) {
    Trial trial = parse_trial("c256_i8x8_k16_f3x3_p1/forward/f16a16");
    trial.recipe.fill = fill;
    datasets::avoid_blind_fill(trial);
    BOOST_TEST(trial.recipe.fill == "sparse", fill);
  }
}

BOOST_AUTO_TEST_CASE(no_answer_that_is_not_computed_passes_a_trial_of_the_suite) {
  std::size_t tried = 0;
  for (const Kernel& kernel : mutants::wrong_answers()) {
    const sandbox::Subject subject = sandbox::in_process(kernel);
    const auto sandbox = subject.open();
    Cases cases;
    std::size_t at = 0;
    for (const Trial& trial : datasets::suite_named("core")) {
      if (trial.recipe.check != "judge" || ++at % 97 != 0) continue;
      const Verdict verdict = carry_out(trial, subject, *sandbox, cases);
      if (!mutants::answer_was_wrong()) continue;
      ++tried;
      BOOST_TEST((verdict.outcome != Outcome::pass), kernel.name << " on " << to_string(trial));
    }
  }
  BOOST_TEST(tried > 1000U);
}

BOOST_AUTO_TEST_CASE(the_bound_for_random_signs_matches_its_formula_by_hand) {
  // n = 100,000 products of at most 1, 100 elements, S = 56,250:
  // t = ln(4 * 3.8 * 100 / 1e-6) / 1.5 = 14.0947; (n + 1) t (1 + 4 u sqrt(n)) = 1,409,590;
  // sqrt(2 n ln(4e8)) = 1,990; together 1,411,580 u = 0.084137; gamma_4 S = 0.013411.
  const Bound bound(Precision::f32, {}, {.elements = 100, .zero_mean = true, .largest_product = 1});
  const ElementSize element{.value = 0, .magnitude = 56'250, .products = 100'000};

  BOOST_TEST(bound(element) == 0.097548, boost::test_tools::tolerance(1e-4));
  // gamma of the worst case: 100,003 u / (1 - 100,003 u) * 56,250 = 337.3
  BOOST_TEST(bound.worst_case(element) == 337.3, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(the_bound_for_random_signs_needs_rounding_to_nearest) {
  const ElementSize element{.value = 0, .magnitude = 56'250, .products = 100'000};
  const auto bound = [&](const Claims& claims) {
    return Bound(Precision::f32, claims,
                 {.elements = 100, .zero_mean = true, .largest_product = 1})(element);
  };

  BOOST_TEST(bound({.truncating_adds = true}) > 10 * bound({}));
  BOOST_TEST(bound({.input_rounding = Precision::tf32}) > 10 * bound({}));
}

BOOST_AUTO_TEST_CASE(sums_of_a_hundred_thousand_products_get_a_verdict) {
  const std::string trial = "n3_c1_i181x200_k2_f2x1/grad_weights/f32/fill=flat";
  const Verdict of_right = verdict_on(mutants::right(), trial);
  BOOST_TEST((of_right.outcome == Outcome::pass), of_right.reason);
  BOOST_TEST(of_right.note.starts_with("statistical bound of "), of_right.note);
  BOOST_TEST(of_right.worst_ratio < 0.3);

  Kernel drops = mutants::right();
  drops.run = [](const Problem& problem, const Buffers& buffers) {
    mutants::convolve(
        problem, buffers, {.times = [](const mutants::Call&, const mutants::Product& product) {
          return product.y[0] == 2 && product.y[3] == 77 && product.y[4] == 99 ? 0 : 1;
        }});
  };
  BOOST_TEST((verdict_on(drops, trial).outcome == Outcome::fail),
             "a product of 108,000 is missing");
}

BOOST_AUTO_TEST_CASE(infinity_is_right_beyond_the_largest_number_and_nothing_else_is) {
  // f16 numbers from 65,520 on round to infinity.
  const Bound bound(Precision::f16, {}, {.elements = 1});
  const auto is_right = [&](double subject, double truth) {
    return compare_within(std::vector<double>{subject}, sums_of_four({truth}, 2e5), bound).wrong ==
           0;
  };

  BOOST_TEST(is_right(infinite, 1e5));
  BOOST_TEST(is_right(-infinite, -1e5));
  BOOST_TEST(!is_right(-infinite, 1e5));
  BOOST_TEST(!is_right(65504, 1e5));
  BOOST_TEST(!is_right(std::nan(""), 1e5));
  BOOST_TEST(!is_right(infinite, 60000));
  BOOST_TEST(is_right(infinite, 65519));  // the bound reaches 65,520
  BOOST_TEST(is_right(65504, 65519));
}

BOOST_AUTO_TEST_CASE(partial_sums_beyond_the_accumulator_may_be_infinite) {
  const Bound bound(Precision::f32, {}, {.elements = 1});
  const auto is_right = [&](double subject, double truth, double magnitude) {
    return compare_within(std::vector<double>{subject}, sums_of_four({truth}, magnitude), bound)
               .wrong == 0;
  };

  // Terms of both signs may meet as infinity minus infinity.
  BOOST_TEST(is_right(std::nan(""), 1e38, 5e38));
  BOOST_TEST(is_right(-infinite, 1e38, 5e38));
  BOOST_TEST(is_right(1e38, 1e38, 5e38));
  BOOST_TEST(!is_right(2e38, 1e38, 5e38));
  // Terms of one sign become infinite of that sign only.
  BOOST_TEST(is_right(infinite, 5e38, 5e38));
  BOOST_TEST(!is_right(std::nan(""), 5e38, 5e38));
  BOOST_TEST(!is_right(-infinite, 5e38, 5e38));
  // Small ones never do.
  BOOST_TEST(!is_right(infinite, 1e37, 1e37));
}

BOOST_AUTO_TEST_CASE(truncated_partial_sums_may_stop_at_the_largest_number) {
  const Bound bound(Precision::f32, {.truncating_adds = true}, {.elements = 1});
  const auto is_right = [&](double subject, double truth, double magnitude) {
    return compare_within(std::vector<double>{subject}, sums_of_four({truth}, magnitude), bound)
               .wrong == 0;
  };

  BOOST_TEST(is_right(3.4e38, 5e38, 5e38));
  BOOST_TEST(is_right(infinite, 5e38, 5e38));
  BOOST_TEST(!is_right(-3.4e38, 5e38, 5e38));
  BOOST_TEST(is_right(2e38, 1e38, 5e38));
  BOOST_TEST(!is_right(std::nan(""), 5e38, 5e38));
  BOOST_TEST(!is_right(2e37, 1e37, 1e37));
}

BOOST_AUTO_TEST_CASE(the_reference_is_right_beyond_the_largest_number) {
  for (const char* trial : {"c3_i6x7_k4_f3x3/forward/f16/fill=flat,alpha=100000",
                            "c3_i6x7_k4_f3x3/forward/f16/fill=overflow",
                            "c3_i6x7_k5_f3x3/grad_input/bf16/fill=overflow,beta=1",
                            "n2_c3_i6x7_k5_f3x3/grad_weights/f32/fill=overflow,alpha=-0.3,beta=0.7",
                            "c3_i6x7_k5_f3x3/forward/f64/fill=overflow"}) {
    const Verdict verdict = verdict_on(::convict::reference::kernels().front(), trial);
    BOOST_TEST((verdict.outcome == Outcome::pass), trial << ": " << verdict.reason);
  }
}

BOOST_AUTO_TEST_CASE(overflow_data_reach_both_sides_of_the_largest_number) {
  for (const char* text : {"c3_i6x7_k5_f3x3/forward/f16/fill=overflow",
                           "c4_i6x7_k6_f3x3/grad_input/bf16/fill=overflow",
                           "n2_c3_i6x7_k9_f3x3/grad_weights/f32/fill=overflow"}) {
    const Case known = make_case(parse_trial(text));
    const double limit = overflow_limit(known.trial.precision);
    const auto beyond =
        std::ranges::count_if(known.truth.value, [&](double v) { return std::fabs(v) >= limit; });
    BOOST_TEST(beyond > 0, text);
    BOOST_TEST(beyond < std::ssize(known.truth.value), text);
  }
}

BOOST_AUTO_TEST_CASE(overflow_data_in_f64_stay_below_the_largest_number) {
  for (const char* text : {"n3_c9_i4_k9_f2_s4_pfull_g9/grad_input/f64/fill=overflow,seed=362353",
                           "c1_i5_k1_f1/forward/f64/fill=overflow"}) {
    const Case known = make_case(parse_trial(text));
    const auto largest = std::ranges::max(known.truth.magnitude, {},
                                          [](double v) { return std::isnan(v) ? infinite : v; });
    BOOST_TEST(largest > 1e300, text);
    BOOST_TEST(largest < largest_finite(Precision::f64) / 2, text);
  }
}

BOOST_AUTO_TEST_CASE(operands_beyond_the_range_that_a_kernel_reads_may_give_anything) {
  const Claims reads_f16{.input_rounding = Precision::f16};
  const Case known = make_case(parse_trial("c1_i3_k1_f1/forward/f32/fill=wide"), reads_f16);
  Case wide = known;
  wide.operands.input = {1, 70000, 2};
  wide.operands.filters = {3};
  wide.truth = truth_of(wide);
  const Bound bound = bound_for(wide, reads_f16);

  const auto wrong = [&](std::vector<double> subject) {
    return compare_within(subject, wide.truth, bound).wrong;
  };
  BOOST_TEST(wrong({3, infinite, 6}) == 0);
  BOOST_TEST(wrong({3, 210000, 6}) == 0);
  BOOST_TEST(wrong({infinite, infinite, 6}) == 1);
  BOOST_TEST(wrong({3, infinite, 7}) == 1);
}

BOOST_AUTO_TEST_CASE(golden_operands_are_used_where_they_are_those_of_the_claims) {
  const Trial trial = parse_trial("c3_i6x7_k4_f3x3/forward/f32/fill=mantissa");
  const GoldenCases golden = {{to_string(trial), golden_of(make_case(trial))}};
  const Claims rounds{.input_rounding = Precision::tf32};
  Cases cases(&golden);

  BOOST_TEST(cases.of(trial, {}).operands.input == make_case(trial).operands.input,
             boost::test_tools::per_element());
  const Case& known = cases.of(trial, rounds);
  BOOST_TEST(known.operands.input == make_case(trial, rounds).operands.input,
             boost::test_tools::per_element());
  const auto largest = *std::ranges::max_element(known.operands.input, {},
                                                 [](double value) { return std::fabs(value); });
  BOOST_TEST(std::fabs(largest) <= 2048, "11 digits");
}

BOOST_AUTO_TEST_CASE(sparse_operands_have_at_most_four_products_in_an_element) {
  for (const char* text : {"n2_c6_i7x6_k4_f3x2_g2/forward/f16a16/fill=sparse",
                           "n2_c6_i7x6_k8_f3x2_s2_g2/grad_input/f16a16/fill=sparse",
                           "n3_c4_i9x9_k5_f2x2/grad_weights/f16a16/fill=sparse",
                           "n9_c2_i3x4_k3_f2x2_unshared/grad_weights/f32/fill=sparse",
                           "c3_i5x5_k4_f3x3_unshared/grad_input/f32/fill=sparse"}) {
    Case known = make_case(parse_trial(text));
    BOOST_TEST_REQUIRE(known.limits.has_value());
    BOOST_TEST(known.limits->products <= 4);
    for (auto* const operand :
         {&known.operands.input, &known.operands.filters, &known.operands.output})
      for (double& value : *operand) value = value != 0 ? 1 : 0;
    const reference::Truth counts = truth_of(known);
    BOOST_TEST(*std::ranges::max_element(counts.value) <= 4, text);
    BOOST_TEST(*std::ranges::max_element(counts.value) > 0, text);
  }
}

BOOST_AUTO_TEST_CASE(zeros_among_special_values_meet_infinities) {
  const Case known =
      make_case(parse_trial("c3_i6x7_k4_f3x3/forward/f32/fill=special_zeros,seed=1"));
  const auto zeros = std::ranges::count(known.operands.filters, 0.0);

  BOOST_TEST(zeros > std::ssize(known.operands.filters) / 2);
  BOOST_TEST(std::ranges::any_of(known.operands.filters, [](double v) { return std::isinf(v); }));
  BOOST_TEST(std::ranges::any_of(known.operands.input, [](double v) { return std::isnan(v); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
