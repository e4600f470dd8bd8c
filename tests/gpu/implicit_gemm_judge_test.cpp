// SPDX-License-Identifier: Apache-2.0
// The judge on gpu.implicit_gemm, whose kernels run on the host here.

#include <boost/test/unit_test.hpp>

#include "core/spec_text.hpp"
#include "datasets/fills.hpp"
#include "oracle/checks/checks.hpp"
#include "tests/gpu/implicit_gemm_on_cpu.hpp"

BOOST_AUTO_TEST_SUITE(implicit_gemm_judge_test)

using namespace convict;
using namespace convict::oracle;
using namespace convict::implicit_gemm_on_cpu;

namespace {

/// The kernel in the host's memory.
Kernel subject_kernel() {
  Kernel kernel = entry(tiny_engine());
  kernel.device = DeviceKind::cpu;
  return kernel;
}

Verdict verdict_on(const Trial& trial) {
  const sandbox::Subject subject = sandbox::in_process(subject_kernel());
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(trial, subject, *sandbox, cases);
}

template <class Visit>
void for_each_trial(Visit visit) {
  for (const char* spec :
       {"n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip", "n2_c5_i6x7_k7_f3x3_p1"})
    for (const Pass pass : all_passes)
      for (const Precision precision : {Precision::f32, Precision::f64}) {
        Trial trial{.spec = parse_valid_spec(spec), .pass = pass, .precision = precision};
        trial.recipe.seed = 5;
        visit(trial);
      }
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_passes_with_every_kind_of_data) {
  for_each_trial([](Trial trial) {
    for (const auto& fill : datasets::fills()) {
      trial.recipe.fill = fill.name;
      const Verdict verdict = verdict_on(trial);
      BOOST_TEST((verdict.outcome == Outcome::pass), to_string(trial) << ": " << verdict.reason);
    }
  });
}

BOOST_AUTO_TEST_CASE(it_passes_with_scalings_layouts_and_guard_pages) {
  for_each_trial([](Trial trial) {
    trial.recipe.alpha = -0.75;
    trial.recipe.beta = 1.5;
    trial.recipe.layout = Layout::nhwc;
    trial.recipe.pitch = 3;
    trial.recipe.align = 1;
    for (const Guard guard : all_guards) {
      trial.recipe.guard = guard;
      const Verdict verdict = verdict_on(trial);
      BOOST_TEST((verdict.outcome == Outcome::pass), to_string(trial) << ": " << verdict.reason);
    }
  });
}

BOOST_AUTO_TEST_CASE(no_check_finds_a_fault) {
  for (const char* text : {"n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip/forward/f32",
                           "n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip/grad_input/f64",
                           "n2_c5_i6x5_k3_f3x3_p1/grad_weights/f32"}) {
    int passed = 0;
    Trial trial = parse_trial(text);
    for (const Check& check : checks()) {
      if (check.takes_invalid_specs) continue;
      // By far the longest check: one pass is enough.
      if (check.name == "profile" && trial.pass != Pass::forward) continue;
      if (check.does_not_apply != nullptr && check.does_not_apply(trial)) continue;
      trial.recipe.check = check.name;
      const Verdict verdict = verdict_on(trial);
      BOOST_TEST((verdict.outcome == Outcome::pass || verdict.outcome == Outcome::unsupported),
                 to_string(trial) << ": " << verdict.reason);
      if (verdict.outcome == Outcome::pass) ++passed;
    }
    BOOST_TEST(passed >= 17);
  }
}

BOOST_AUTO_TEST_SUITE_END()
