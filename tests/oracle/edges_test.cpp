// SPDX-License-Identifier: Apache-2.0
// Judgement at the edges of formats: results beyond the largest number, infinities and NaN among
// zeros, subnormal operands, alpha and beta of every size. Right kernels must never be convicted
// there, small wrong ones must be.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "core/half.hpp"
#include "mutants/right/right.hpp"
#include "optimized/kernels.hpp"
#include "oracle/judge/judge.hpp"
#include "reference/kernels.hpp"
#include "tests/oracle/edge_cases.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(edges_test)

using namespace edge_cases;

constexpr Factors factors[] = {{1, 0},     {1e5, 0},   {0, 0},      {0, 1},      {1e30, 0},
                               {1e-30, 1}, {-3, 2},    {0.1, 1e5},  {1e300, 0},  {1, 1e39},
                               {1e-40, 0}, {1, 1e-40}, {-1e5, 0.7}, {1e-300, 0}, {1e-42, -1e-7},
                               {3e-6, 0},  {1e8, 1e8}};
constexpr const char* kinds_of_data[] = {
    "exact",   "flat",     "positive",  "cancel",        "wide",
    "special", "overflow", "subnormal", "special_zeros", "subnormal_mirror"};
constexpr const char* problems[] = {"c2_i8x8_k2_f3x3_p1", "n2_c3_i5x4_k3_f1x1", "c4_i9_k4_f3_s2_g2",
                                    "c4_i6x6_k4_f3x3_g4"};

std::vector<Kernel> all_right_kernels() {
  std::vector<Kernel> kernels;
  for (const auto& table : {reference::kernels(), optimized::kernels(), mutants::right_kernels()})
    kernels.insert(kernels.end(), table.begin(), table.end());
  return kernels;
}

double cut(const Problem& problem, double value) {
  const double largest = largest_finite(storage_of(problem.precision));
  return std::isnan(value) ? value : std::clamp(value, -largest, largest);
}
double other_infinity(const Problem& problem, double value) {
  return std::fabs(round_to(format_of(storage_of(problem.precision)), value)) == infinite ? -value
                                                                                          : value;
}
double nan_for_infinity(const Problem& problem, double value) {
  const double stored = round_to(format_of(storage_of(problem.precision)), value);
  return std::fabs(stored) == infinite ? std::nan("") : value;
}
double sum_without_alpha(const Problem& problem, double sum, double old) {
  return problem.beta == 0 ? sum : sum + problem.beta * old;
}
double sum_without_beta(const Problem& problem, double sum, double old) {
  return problem.beta == 0 ? problem.alpha * sum : problem.alpha * sum + old;
}
BOOST_AUTO_TEST_CASE(right_kernels_are_right_with_every_kind_of_data_and_factor) {
  std::size_t turn = 0;
  std::size_t ran = 0;
  for (const Kernel& kernel : all_right_kernels())
    for (const char* fill : kinds_of_data)
      for (const Factors& by : factors) {
        ++turn;
        const Trial trial =
            trial_of(problems[turn % std::size(problems)], all_passes[turn / 4 % 3],
                     kernel.precisions[turn / 12 % kernel.precisions.size()], fill, by);
        const Verdict verdict = verdict_on(kernel, trial);
        BOOST_TEST(!is_finding(verdict.outcome),
                   kernel.name << " " << to_string(trial) << ": " << verdict.reason);
        ran += is_left_out(verdict.outcome) ? 0 : 1;
      }
  BOOST_TEST(ran > 1200U);
}

BOOST_AUTO_TEST_CASE(the_reference_is_right_with_every_kind_of_data_and_factor_in_every_precision) {
  const Kernel& kernel = reference::kernels().front();
  for (const Pass pass : all_passes)
    for (const Precision precision : kernel.precisions)
      for (const char* fill : {"flat", "special", "special_zeros", "overflow", "subnormal"})
        for (const Factors& by : factors) {
          const Trial trial = trial_of("c2_i6x5_k2_f3x2_p1", pass, precision, fill, by);
          const Verdict verdict = verdict_on(kernel, trial);
          BOOST_TEST(!is_finding(verdict.outcome), to_string(trial) << ": " << verdict.reason);
        }
}

BOOST_AUTO_TEST_CASE(results_beyond_the_largest_number_are_infinite_of_their_sign) {
  struct Beyond {
    Precision precision;
    const char* recipe;
    Factors by;
  };
  // In f64 there is no wider format for the truth: only alpha leads beyond its largest number.
  for (const auto& [precision, fill, by] :
       {Beyond{Precision::f64, "overflow", {1e5, 0}}, Beyond{Precision::f32, "overflow", {1, 0}},
        Beyond{Precision::tf32, "overflow", {1, 0}}, Beyond{Precision::bf16, "overflow", {1, 0}},
        Beyond{Precision::f16, "overflow", {1, 0}}, Beyond{Precision::f16, "flat", {100000, 0}},
        Beyond{Precision::f16a16, "overflow", {1, 0}}})
    for (const auto wrong : {cut, other_infinity, nan_for_infinity}) {
      const Trial trial = trial_of("c3_i6x7_k5_f3x3", Pass::forward, precision, fill, by);
      const Verdict right = verdict_on(kernel_with({}), trial);
      BOOST_TEST(!is_finding(right.outcome), to_string(trial) << ": " << right.reason);
      // Alpha may make terms of both signs infinite in f64.
      if (precision == Precision::f64 && wrong == nan_for_infinity) continue;
      const Verdict verdict = verdict_on(kernel_with({.finish = wrong}), trial);
      BOOST_TEST((verdict.outcome == Outcome::fail), to_string(trial) << ": " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(sums_may_begin_with_the_old_result_and_products_with_alpha) {
  Kernel kernel = kernel_with({});
  kernel.precisions = {Precision::f64};
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    auto* const x = static_cast<double*>(buffers.input);
    auto* const w = static_cast<double*>(buffers.filters);
    auto* const y = static_cast<double*>(buffers.output);
    const index_t channels = problem.spec.in_channels;
    for (index_t i = 0; i < problem.spec.input[0]; ++i) {
      double sum = problem.beta == 0 ? 0 : problem.beta * y[i];
      for (index_t c = 0; c < channels; ++c)
        sum += problem.alpha * x[c * problem.spec.input[0] + i] * w[c];
      y[i] = sum;
    }
  };
  for (const char* trial : {"c60_i9_k1_f1/forward/f64/fill=flat,alpha=0.1,beta=100000",
                            "c60_i9_k1_f1/forward/f64/fill=wide,alpha=1e300",
                            "c60_i9_k1_f1/forward/f64/fill=wide,alpha=1e-300",
                            "c60_i9_k1_f1/forward/f64/fill=subnormal,alpha=1e-30"})
    for (std::uint64_t seed = 1; seed < 20; ++seed) {
      Trial seeded = parse_trial(trial);
      seeded.recipe.seed = seed;
      const Verdict verdict = verdict_on(kernel, seeded);
      BOOST_TEST(!is_finding(verdict.outcome), to_string(seeded) << ": " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(an_alpha_of_zero_leaves_no_sum_or_nan) {
  const auto outcome = [](const mutants::Hooks& hooks, const char* trial) {
    return verdict_on(kernel_with(hooks), trial).outcome;
  };
  const mutants::Hooks skips{.combine = [](const Problem& problem, double, double old) {
    return problem.beta == 0 ? 0 : problem.beta * old;
  }};
  for (const char* trial : {"c2_i6x6_k3_f3x3/forward/f32/fill=overflow,alpha=0,beta=1",
                            "c2_i6x6_k3_f3x3/forward/bf16/fill=overflow,alpha=0",
                            "c2_i6x6_k3_f3x3/grad_input/f64/fill=special,alpha=0,beta=1",
                            "c2_i6x6_k3_f3x3/grad_weights/f32/fill=special_zeros,alpha=0"}) {
    BOOST_TEST(!is_finding(outcome({}, trial)), trial);
    BOOST_TEST(!is_finding(outcome(skips, trial)), trial);
    BOOST_TEST((outcome({.finish = infinite_always}, trial) == Outcome::fail), trial);
    BOOST_TEST(
        (outcome({.finish = [](const Problem&, double) { return 1.0; }}, trial) == Outcome::fail),
        trial);
  }
  // A finite sum is no reason for NaN.
  BOOST_TEST((outcome({.finish = nan_always}, "c2_i6x6_k3_f3x3/forward/f32/fill=flat,alpha=0") ==
              Outcome::fail));
}

BOOST_AUTO_TEST_CASE(alpha_and_beta_count_in_every_precision_and_size) {
  for (const Precision precision : all_precisions)
    for (const Pass pass : all_passes) {
      const bool narrow = storage_of(precision) == Precision::f16;
      const double tiny = narrow ? 1e-3 : 1e-30;
      const double huge = narrow ? 100 : 1e30;
      for (const Factors& by : {Factors{tiny, 0}, Factors{huge, 0}, Factors{0.3, 0}}) {
        const Trial trial = trial_of("c2_i6x5_k2_f2x2", pass, precision, "flat", by);
        BOOST_TEST((verdict_on(kernel_with({.combine = sum_without_alpha}), trial).outcome ==
                    Outcome::fail),
                   to_string(trial));
      }
      for (const Factors& by : {Factors{1, 0.3}, Factors{1, -7}}) {
        const Trial trial = trial_of("c2_i6x5_k2_f2x2", pass, precision, "flat", by);
        BOOST_TEST((verdict_on(kernel_with({.combine = sum_without_beta}), trial).outcome ==
                    Outcome::fail),
                   to_string(trial));
      }
    }
}

BOOST_AUTO_TEST_CASE(subnormal_factors_are_read_with_the_error_of_their_format) {
  // 1e-40 has 17 bits in f32, and none where subnormals are zero.
  const mutants::Hooks reads_f32{.combine = [](const Problem& problem, double sum, double) {
    return static_cast<double>(static_cast<float>(problem.alpha)) * sum;
  }};
  const mutants::Hooks flushes{.combine = [](const Problem&, double, double) { return 0.0; }};
  const std::string trial = "c2_i6x5_k2_f2x2/forward/f32/fill=wide,seed=3,alpha=1e-40";
  const Claims zero{.denormals_are_zero = true};

  BOOST_TEST(!is_finding(verdict_on(kernel_with(reads_f32), trial).outcome));
  BOOST_TEST(!is_finding(verdict_on(kernel_with(flushes, zero), trial).outcome));
  BOOST_TEST((verdict_on(kernel_with(flushes), trial).outcome == Outcome::fail));
}

/// The verdict on one product of each of these inputs with this filter.
Outcome outcome_of_products(const Kernel& kernel, std::vector<double> input, double filter) {
  const auto elements = std::to_string(input.size());
  const Trial trial = parse_trial("c1_i" + elements + "_k1_f1/forward/f32");
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  datasets::Operands operands;
  operands.input = std::move(input);
  operands.filters = {static_cast<double>(static_cast<float>(filter))};
  return try_case(case_of(trial, std::move(operands)), subject, *sandbox).verdict.outcome;
}

BOOST_AUTO_TEST_CASE(tiny_filters_are_zero_where_denormals_are_zero) {
  const Kernel& reads_zero =
      *std::ranges::find(mutants::right_kernels(), "right.denormals_are_zero", &Kernel::name);
  Kernel silent = reads_zero;
  silent.claims = {};
  const Kernel& exact = reference::kernels().front();
  constexpr double tiny = 1e-40;
  const double large = std::ldexp(1.0, 126);

  // Times infinity a filter that is read as zero gives NaN, and one that is read infinity.
  for (const std::vector<double>& input :
       {std::vector<double>{1, infinite, -infinite, 3}, std::vector<double>{large, 1, -large, 2},
        std::vector<double>{0, infinite, std::nan(""), large}}) {
    BOOST_TEST(!is_finding(outcome_of_products(exact, input, tiny)));
    BOOST_TEST(!is_finding(outcome_of_products(reads_zero, input, tiny)));
    BOOST_TEST((outcome_of_products(silent, input, tiny) == Outcome::fail));
  }
  // Zero times infinity is NaN for all, and a number times infinity is infinity.
  for (const double filter : {0.0, 2.0}) {
    const std::vector<double> input = {1, infinite, -infinite, 3};
    BOOST_TEST(!is_finding(outcome_of_products(exact, input, filter)));
    BOOST_TEST(!is_finding(outcome_of_products(reads_zero, input, filter)));
    Kernel drops = kernel_with({.finish = finite_always}, {.denormals_are_zero = true});
    BOOST_TEST((outcome_of_products(drops, input, filter) == Outcome::fail));
  }
}

BOOST_AUTO_TEST_CASE(scaling_of_overflowing_sums_is_judged) {
  const char* const trial = "c3_i6x7_k5_f3x3/forward/f16/fill=overflow,check=scaling";
  const auto outcome = [&](const mutants::Hooks& hooks) {
    return verdict_on(kernel_with(hooks), trial).outcome;
  };

  BOOST_TEST(!is_finding(verdict_on(reference::kernels().front(), trial).outcome));
  BOOST_TEST(!is_finding(outcome({})));
  BOOST_TEST((outcome({.combine = [](const Problem& problem, double sum, double old) {
                if (problem.alpha == 0) return infinite;
                return mutants::right_combine(problem, sum, old);
              }}) == Outcome::fail));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
