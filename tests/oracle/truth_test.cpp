// SPDX-License-Identifier: Apache-2.0
// All sources of truth give the same truth.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/spec_text.hpp"
#include "datasets/suite.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/truth/element_index.hpp"
#include "reference/kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(truth_test)

using Values = std::vector<double>;

const Kernel& reference() { return ::convict::reference::kernels().front(); }

/// The reference as a kernel that computes truth, with `fault` applied to its result.
TruthKernels truth_kernels_with(std::function<void(const Problem&, const Buffers&)> fault) {
  Kernel kernel = reference();
  kernel.run = [fault = std::move(fault)](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    fault(problem, buffers);
  };
  return TruthKernels({kernel});
}
TruthKernels right_kernels() {
  return truth_kernels_with([](const Problem&, const Buffers&) {});
}

double* result_of(const Problem& problem, const Buffers& buffers) {
  void* const memory = problem.pass == Pass::forward      ? buffers.output
                       : problem.pass == Pass::grad_input ? buffers.input
                                                          : buffers.filters;
  return static_cast<double*>(memory);
}

/// Trials of the core suite whose operands lie on a grid, with that grid.
template <class Visit>
index_t for_each_on_grid(Visit visit) {
  index_t count = 0;
  for (const Trial& trial : datasets::suite_named("core")) {
    if (trial.recipe.check != "judge" || ++count % 7 != 0) continue;
    const Case known = make_case(trial);
    const Claims claims;
    const auto grid = grid_of({trial, *known.fill, known.limits, claims});
    if (grid) visit(known, *grid);
  }
  return count / 7;
}

bool equal_to_last_bits(double a, double b) {
  return std::fabs(a - b) <= 4 * 0x1p-53 * std::max(std::fabs(a), std::fabs(b));
}

BOOST_AUTO_TEST_CASE(a_truth_kernel_gives_the_truth_of_the_definition) {
  index_t compared = 0;
  for_each_on_grid([&](const Case& known, const TruthKernels::Grid& grid) {
    const auto truth = right_kernels().truth(question_of(known), grid, true);

    BOOST_TEST_CONTEXT(to_string(known.trial)) {
      BOOST_REQUIRE(truth.has_value());
      bool equal = true;
      for (std::size_t at = 0; at < known.truth.value.size(); ++at, ++compared)
        equal = equal && equal_to_last_bits(truth->value[at], known.truth.value[at]) &&
                equal_to_last_bits(truth->magnitude[at], known.truth.magnitude[at]) &&
                truth->products[at % truth->products.size()] == known.truth.products[at];
      BOOST_TEST(equal);
    }
  });
  BOOST_TEST(compared > 50'000);
}

BOOST_AUTO_TEST_CASE(a_truth_kernel_that_is_off_in_one_element_is_rejected) {
  index_t tried = 0;
  for_each_on_grid([&](const Case& known, const TruthKernels::Grid& grid) {
    if (known.truth.value.empty()) return;
    const auto elements = known.truth.value.size();
    const TruthKernels kernels =
        truth_kernels_with([&](const Problem& problem, const Buffers& buffers) {
          result_of(problem, buffers)[static_cast<std::size_t>(++tried) % elements] += 1;
        });

    BOOST_TEST(!kernels.truth(question_of(known), grid, false).has_value(), to_string(known.trial));
  });
  BOOST_TEST(tried > 500);
}

BOOST_AUTO_TEST_CASE(a_rejected_truth_kernel_is_replaced_by_the_definition) {
  const Trial trial = parse_trial("n2_c64_i20x21_k32_f3x3_phalf/forward/f32/fill=flat");
  const TruthKernels wrong = truth_kernels_with(
      [](const Problem& problem, const Buffers& buffers) { result_of(problem, buffers)[0] += 1; });

  const Case by_gemm = make_case(trial, {}, right_kernels());
  const Case by_definition = make_case(trial, {}, wrong);

  BOOST_TEST((by_gemm.truth_by == TruthBy::gemm));
  BOOST_TEST((by_definition.truth_by == TruthBy::definition));
  BOOST_TEST(by_gemm.truth.value == by_definition.truth.value, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(truth_at_some_elements_is_the_truth_there) {
  for (const char* text : {"n2_c4_i7x6_k6_f3x2_s2x1_p1:0x2:1_g2/forward/f32/fill=flat,beta=0.5",
                           "n2_c4_i7x6_k6_f3x2_s2x1_p1:0x2:1_g2/grad_input/f64/fill=normal",
                           "n2_c4_i7x6_k6_f3x2_unshared/grad_weights/f32/fill=special"}) {
    const Case known = make_case(parse_trial(text));
    const std::vector<index_t> chosen = sampled_elements(known.trial);
    const bool wide = known.trial.precision == Precision::f64;
    const auto width = wide ? reference::Width::twice_f64 : reference::Width::f64;

    const reference::Truth some = reference::truth_at(question_of(known), width, chosen);

    BOOST_TEST(chosen.front() == 0);
    BOOST_TEST(chosen.back() == static_cast<index_t>(known.truth.value.size()) - 1);
    for (std::size_t at = 0; at < chosen.size(); ++at) {
      const auto i = static_cast<std::size_t>(chosen[at]);
      const bool both_nan = std::isnan(some.value[at]) && std::isnan(known.truth.value[i]);
      BOOST_TEST((both_nan || some.value[at] == known.truth.value[i]));
      BOOST_TEST(some.products[at] == known.truth.products[i]);
      BOOST_TEST(some.ambiguous[at] == known.truth.ambiguous[i]);
    }
  }
}

/// Judges the reference with one element changed on a case from each source.
Verdict verdict_on(const Case& known, index_t wrong, double by) {
  Kernel kernel = reference();
  kernel.run = [=](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    if (wrong >= 0) static_cast<float*>(buffers.output)[wrong] += static_cast<float>(by);
  };
  const sandbox::Subject subject = sandbox::in_process(kernel);
  return try_case(known, subject, *subject.open()).verdict;
}

BOOST_AUTO_TEST_CASE(every_source_passes_right_results_and_names_the_wrong_element) {
  const auto text = std::string("n2_c64_i20x21_k32_f3x3_phalf/forward/f32/fill=");
  Case sampled = make_case(parse_trial(text + "flat"));
  sampled.truth_by = TruthBy::sample;
  sampled.sample = sampled_elements(sampled.trial);
  sampled.truth = reference::truth_at(question_of(sampled), reference::Width::f64, sampled.sample);
  const Case cases[] = {make_case(parse_trial(text + "flat"), {}, right_kernels()),
                        make_case(parse_trial(text + "exact"), {}, right_kernels()), sampled,
                        make_case(parse_trial(text + "exact"))};
  const index_t last = output_elements(sampled.trial.spec) - 1;

  BOOST_TEST((cases[0].truth_by == TruthBy::gemm));
  BOOST_TEST((cases[1].truth_by == TruthBy::projection));
  for (const Case& known : cases) {
    BOOST_TEST_CONTEXT(name_of(known.truth_by)) {
      BOOST_TEST((verdict_on(known, -1, 0).outcome == Outcome::pass));
      const Verdict verdict = verdict_on(known, last, 1);
      BOOST_TEST((verdict.outcome == Outcome::fail));
      BOOST_TEST(verdict.wrong == 1);
      BOOST_REQUIRE(verdict.first.has_value());
      BOOST_TEST(verdict.first->index == element_index(known.trial, last),
                 boost::test_tools::per_element());
      BOOST_TEST((verdict_on(known, last, std::numeric_limits<double>::quiet_NaN()).outcome ==
                  Outcome::fail));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_sample_says_what_it_can_miss) {
  Case known = make_case(parse_trial("n2_c64_i20x21_k32_f3x3/forward/f32/fill=flat"));
  known.truth_by = TruthBy::sample;
  known.sample = sampled_elements(known.trial);
  known.truth = reference::truth_at(question_of(known), reference::Width::f64, known.sample);

  const Verdict verdict = verdict_on(known, -1, 0);

  BOOST_TEST(verdict.elements == static_cast<index_t>(known.sample.size()));
  BOOST_TEST(verdict.note.find("may be missed") != std::string::npos, verdict.note);
}

BOOST_AUTO_TEST_CASE(only_problems_that_take_too_long_otherwise_are_sampled) {
  const auto source = [](const std::string& text, const TruthKernels& kernels) {
    const Trial trial = parse_trial(text);
    const datasets::Fill& fill = datasets::fill_named(trial.recipe.fill);
    const auto limits = datasets::exact_limits(trial.spec, trial.pass, trial.precision, 1, 0);
    return choose_truth({trial, fill, limits, {}}, kernels);
  };
  const std::string large = "n64_c256_i56x56_k256_f3x3_phalf/forward/";

  BOOST_TEST((source("c1_i3_k1_f2/forward/f32", {}) == TruthBy::definition));
  BOOST_TEST((source(large + "f32", {}) == TruthBy::projection));
  BOOST_TEST((source(large + "f32/fill=flat", {}) == TruthBy::sample));
  BOOST_TEST((source(large + "f32/fill=flat", right_kernels()) == TruthBy::gemm));
  BOOST_TEST((source(large + "bf16", right_kernels()) == TruthBy::gemm));
  BOOST_TEST((source(large + "f64/fill=flat", right_kernels()) == TruthBy::sample));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
