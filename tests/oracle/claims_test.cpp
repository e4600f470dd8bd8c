// SPDX-License-Identifier: Apache-2.0
// No claim excuses NaN, elements never written, or special values that became finite.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "oracle/bounds/bounds.hpp"
#include "reference/kernels.hpp"
#include "tests/oracle/edge_cases.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(claims_test)

using namespace edge_cases;

bool is_first(const mutants::Call&, const mutants::ResultElement& element) {
  return element.number == 0;
}

/// Claims under which a bound is wide, infinite, or not known.
const std::vector<Claims> doubtful_claims = {
    {},
    {.arithmetic = winograd(40, 3)},
    {.arithmetic = winograd(1024, 1024)},
    {.arithmetic = winograd(4, 3), .accumulator = Precision::bf16},
    {.arithmetic = winograd(4, 3), .accumulator = Precision::f16, .truncating_adds = true},
    {.arithmetic = {.kind = Arithmetic::Class::fft}, .accumulator = Precision::bf16},
    {.accumulator = Precision::bf16, .accumulation_depth = claim_limits::products},
    {.accumulator = Precision::f16, .truncating_adds = true},
    {.input_rounding = Precision::bf16, .flush_to_zero = true, .denormals_are_zero = true},
};

BOOST_AUTO_TEST_CASE(nan_and_infinity_are_convicted_whatever_a_kernel_claims) {
  for (const char* problem : {"c2_i6x6_k2_f3x3_p1", "c300_i4x4_k1_f3x3_p1"})
    for (const char* fill : {"exact", "flat", "positive", "cancel"})
      for (const Claims& claims : doubtful_claims)
        for (const auto answer : {nan_always, infinite_always}) {
          const Trial trial = trial_of(problem, Pass::forward, Precision::f32, fill, {1, 0});
          // In f16 a transform of such operands may really overflow.
          const bool may_overflow = claims.arithmetic.kind != Arithmetic::Class::direct &&
                                    claims.accumulator == Precision::f16 &&
                                    (trial.spec.in_channels > 2 || trial.recipe.fill == "exact");
          const bool no_exact_data = trial.spec.in_channels > 2 && trial.recipe.fill == "exact";
          if (may_overflow || no_exact_data) continue;
          const Verdict verdict = verdict_on(kernel_with({.finish = answer}, claims), trial);
          BOOST_TEST((verdict.outcome == Outcome::fail),
                     to_string(trial) << " " << widening_claims(claims) << ": " << verdict.reason);
        }
}

BOOST_AUTO_TEST_CASE(elements_never_written_are_convicted_whatever_a_kernel_claims) {
  for (const Claims& claims : doubtful_claims) {
    const Verdict verdict = verdict_on(kernel_with({.leaves = is_first}, claims),
                                       "c2_i6x6_k2_f3x3_p1/forward/f32/fill=flat");
    BOOST_TEST((verdict.outcome == Outcome::fail));
    BOOST_TEST(verdict.reason.starts_with("1 of 72 elements never written"), verdict.reason);
  }
}

BOOST_AUTO_TEST_CASE(special_values_that_became_finite_are_convicted_whatever_a_kernel_claims) {
  for (const char* fill : {"special", "special_zeros"})
    for (const Claims& claims : doubtful_claims) {
      const Trial trial =
          trial_of("c2_i6x6_k2_f3x3_p1", Pass::forward, Precision::f32, fill, {1, 0});
      const Verdict verdict = verdict_on(kernel_with({.finish = finite_always}, claims), trial);
      BOOST_TEST((verdict.outcome == Outcome::fail),
                 to_string(trial) << " " << widening_claims(claims) << ": " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(a_bound_that_decides_nothing_is_said) {
  const char* const trial = "c300_i4x4_k1_f3x3_p1/forward/f32/fill=flat";
  const Kernel& kernel = reference::kernels().front();
  const auto reason = [&](const Claims& claims) {
    Kernel claiming = kernel;
    claiming.claims = claims;
    const Verdict verdict = verdict_on(claiming, trial);
    BOOST_TEST((verdict.outcome == Outcome::mistrusted));
    return verdict.reason;
  };

  BOOST_TEST(reason({.arithmetic = winograd(40, 3)}) ==
             "no bound is known for the arithmetic it claims (Winograd F(40,3)): any finite result "
             "would pass");
  BOOST_TEST(reason({.arithmetic = winograd(4, 3), .accumulator = Precision::bf16}) ==
             "its claims (Winograd F(4,3), sums in bf16) bound no error here: any finite result "
             "would pass");
}

BOOST_AUTO_TEST_CASE(where_a_transform_without_bound_does_not_apply_the_direct_bound_holds) {
  const Claims claims{.arithmetic = winograd(40, 3)};
  const char* const trial = "c2_i8x8_k2_f5x5_p2/forward/f32/fill=flat";

  BOOST_TEST((verdict_on(kernel_with({}, claims), trial).outcome == Outcome::pass));
  BOOST_TEST((verdict_on(kernel_with({.times =
                                          [](const mutants::Call&, const mutants::Product& p) {
                                            return p.w[5] == 0 && p.w[7] == 4 ? 2 : 1;
                                          }},
                                     claims),
                         trial)
                  .outcome == Outcome::fail));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
