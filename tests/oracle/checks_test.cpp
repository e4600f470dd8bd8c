// SPDX-License-Identifier: Apache-2.0
// The checks other than judge and must_refuse: right kernels pass all of them.
#include "oracle/checks/checks.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/fills.hpp"
#include "datasets/suite.hpp"
#include "mutants/right/right.hpp"
#include "oracle/checks/neighbours.hpp"
#include "oracle/truth/memory_needed.hpp"
#include "tests/oracle/faulty_kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(checks_test)

bool has_other_check(const Trial& trial) {
  return trial.recipe.check != "judge" && trial.recipe.check != "must_refuse";
}

Verdict verdict_of(const Kernel& kernel, const Trial& trial) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(trial, subject, *sandbox, cases);
}

const std::vector<Trial>& core() {
  static const std::vector<Trial> suite = datasets::suite_named("core");
  return suite;
}

/// The core suite's smaller trials; every `every`-th of them with another check. Only the latter
/// are returned.
std::vector<Trial> checked_core(std::size_t every) {
  constexpr index_t small = 3'000;
  std::vector<Trial> trials = core();
  std::erase_if(trials, [](const Trial& trial) {
    return has_other_check(trial) || why_invalid(trial.spec) || flops(trial.spec) > small;
  });
  trials = with_checks(std::move(trials), every);
  std::erase_if(trials, [](const Trial& trial) { return !has_other_check(trial); });
  return trials;
}

BOOST_AUTO_TEST_CASE(a_trial_too_large_for_the_memory_is_unsupported_and_says_so) {
  const ConvSpec spec = parse_valid_spec("c1_i10x10_k1_f1x1");  // 201 elements

  constexpr std::size_t enough = 8040;  // 40 bytes an element
  BOOST_TEST(!why_too_large(spec, MemoryBudget(enough)));
  BOOST_TEST(
      why_too_large(spec, MemoryBudget(enough - 1)).value() ==
      "too large here: a trial takes about 8040 bytes (7.9 KiB); the trials of a run may have "
      "7.9 KiB together");
  const Trial beyond_any_machine{
      .spec = parse_valid_spec("c1024_i65536x65536_k1_f1x1"), .pass = Pass::forward, .recipe = {}};
  const Verdict verdict = verdict_of(reference(), beyond_any_machine);
  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.reason.find("a trial takes about 176093659176960 bytes") != std::string::npos,
             verdict.reason);
}

BOOST_AUTO_TEST_CASE(the_reference_passes_every_check_on_the_core_suite) {
  const std::vector<Trial> trials = checked_core(2);
  const sandbox::Subject subject = sandbox::in_process(reference());
  const auto sandbox = subject.open();
  Cases cases;
  std::map<std::string, std::size_t> passed;
  std::set<std::pair<Precision, Pass>> seen;

  for (const Trial& trial : trials) {
    const Verdict verdict = carry_out(trial, subject, *sandbox, cases);

    BOOST_TEST(!is_finding(verdict.outcome), to_string(trial) << ": " << verdict.reason);
    if (verdict.outcome != Outcome::pass) continue;
    if (trial.recipe.check != "profile") BOOST_TEST(verdict.elements > 0, to_string(trial));
    ++passed[trial.recipe.check];
    if (trial.recipe.check == "power" || trial.recipe.check == "must_refuse") continue;
    seen.emplace(trial.precision, trial.pass);
  }

  BOOST_TEST(trials.size() > 1800U);
  for (const Check& check : checks()) {
    if (check.does_not_apply == nullptr || check.name == "workspace") continue;
    BOOST_TEST(passed[std::string(check.name)] > 10U, check.name);
  }
  BOOST_TEST(seen.size() == reference().precisions.size() * all_passes.size());
}

BOOST_AUTO_TEST_CASE(every_check_passes_in_every_pass_precision_and_rank) {
  for (const char* spec : {"n2_c4_i11_k6_f3_s2_d2_p1:2_g2", "n2_c4_i7x6_k4_f2x3_s1x2_d2x1_p1_g2",
                           "n2_c2_i1x4x5_k4_f1x2x2_s1x2x2_d1x1x2_p0x1x1_g2_flip"})
    for (const Precision precision : reference().precisions)
      for (const Pass pass : all_passes)
        for (const Check& check : checks()) {
          Trial trial{.spec = parse_spec(spec), .pass = pass, .precision = precision, .recipe = {}};
          trial.recipe.check = check.name;
          if (check.does_not_apply == nullptr || check.does_not_apply(trial)) continue;
          if (check.name == "workspace") continue;

          const Verdict verdict = verdict_of(reference(), trial);

          BOOST_TEST((verdict.outcome == Outcome::pass), to_string(trial)
                                                             << ": " << verdict.reason);
        }
}

BOOST_AUTO_TEST_CASE(real_data_are_compared_within_both_bounds) {
  for (const Pass pass : all_passes)
    for (const char* check : {"stride", "group_split", "linear_in_first", "additivity", "impulse",
                              "adjoint", "finite_differences", "second_order"}) {
      Trial trial = parse_trial("n2_c4_i9x8_k6_f3x2_s2_p1_g2/forward/f32/fill=flat,seed=5");
      trial.pass = pass;
      trial.recipe.check = check;

      const Verdict verdict = verdict_of(reference(), trial);

      BOOST_TEST((verdict.outcome == Outcome::pass), to_string(trial) << ": " << verdict.reason);
      BOOST_TEST(verdict.worst_ratio < 1);
    }
}

BOOST_AUTO_TEST_CASE(a_check_that_does_not_apply_says_why) {
  const Verdict verdict =
      verdict_of(reference(), parse_trial("c2_i5_k2_f3/forward/f32/check=group_split"));

  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.reason.find("only one group") != std::string::npos, verdict.reason);
}

BOOST_AUTO_TEST_CASE(a_follow_up_problem_that_would_be_too_large_is_not_computed) {
  for (const char* text :
       {"c1_i60000_k1_f2_d30000/forward/f32/check=dilation",
        "c1_i5_k1_f5_s4611686018427387904_p4611686018427387904:0/forward/f32/check=padding",
        "n99_c99_i1_k99_f1_g99/forward/f32/check=batch_split"}) {
    const Verdict verdict = verdict_of(reference(), parse_trial(text));

    BOOST_TEST((verdict.outcome == Outcome::unsupported), text);
    BOOST_TEST(verdict.layer == "metamorphic relation");
  }
}

BOOST_AUTO_TEST_CASE(a_follow_up_problem_that_is_refused_is_no_finding) {
  Kernel kernel = reference();
  kernel.refuses = [](const Problem& problem) -> std::optional<std::string> {
    if (problem.spec.groups == 1) return "takes groups only";
    return refuse_invalid(problem);
  };

  const Verdict verdict =
      verdict_of(kernel, parse_trial("c2_i5_k2_f3_g2/forward/f32/check=group_split"));

  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.layer == "refusal");
  BOOST_TEST(verdict.reason.find("takes groups only") != std::string::npos, verdict.reason);
}

BOOST_AUTO_TEST_CASE(gradient_checks_need_two_passes) {
  Kernel kernel = reference();
  kernel.passes = {Pass::forward};

  for (const char* check : {"adjoint", "finite_differences", "second_order"}) {
    Trial trial = parse_trial("c2_i5_k2_f3/forward/f32");
    trial.recipe.check = check;
    BOOST_TEST((verdict_of(kernel, trial).outcome == Outcome::unsupported), check);
  }
}

BOOST_AUTO_TEST_CASE(metamorphic_relations_do_not_apply_to_claims_without_a_bound) {
  Kernel kernel = reference();
  kernel.claims.arithmetic = winograd(0, 3);

  const Verdict verdict = verdict_of(kernel, parse_trial("c2_i5x5_k2_f3x3/forward/f32/check=flip"));

  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.reason == "no bound is known for the arithmetic it claims");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_claims_to_round_its_inputs_passes_every_check) {
  Kernel rounding = rounding_to_bf16();
  rounding.claims.input_rounding = Precision::bf16;
  for (const char* spec : {"n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2", "c4_i1x8_k6_f1x2"})
    for (const Pass pass : all_passes)
      for (const char* fill : {"exact", "flat"})
        for (const Check& check : checks()) {
          Trial trial{.spec = parse_spec(spec), .pass = pass, .recipe = {}};
          trial.recipe.fill = fill;
          trial.recipe.check = check.name;
          if (check.does_not_apply == nullptr) continue;

          const Verdict verdict = verdict_of(rounding, trial);

          BOOST_TEST(!is_finding(verdict.outcome), to_string(trial) << ": " << verdict.reason);
        }
}

BOOST_AUTO_TEST_CASE(bits_are_compared_only_if_determinism_is_claimed) {
  for (const char* check : {"repeat", "thread_counts", "many_calls"}) {
    Trial trial = parse_trial("n2_c4_i9x8_k6_f3x2_p1/forward/f32/fill=flat");
    trial.recipe.check = check;
    Kernel kernel = wavering();
    BOOST_TEST((verdict_of(kernel, trial).outcome == Outcome::fail), check);

    kernel.claims.deterministic = false;
    BOOST_TEST((verdict_of(kernel, trial).outcome == Outcome::pass), check);
  }
}

BOOST_AUTO_TEST_CASE(bits_may_depend_on_threads_only_where_that_is_claimed) {
  Kernel kernel;
  for (const Kernel& right : mutants::right_kernels())
    if (right.name == "right.by_threads") kernel = right;
  Trial threads = parse_trial("n2_c40_i9x8_k6_f3x2_p1/forward/f32/fill=flat,threads=3");
  Trial repeat = threads;
  threads.recipe.check = "thread_counts";
  repeat.recipe.check = "repeat";
  BOOST_TEST((verdict_of(kernel, threads).outcome == Outcome::pass));

  kernel.claims.same_for_threads = true;
  BOOST_TEST((verdict_of(kernel, threads).outcome == Outcome::fail));
  kernel = wavering();
  kernel.claims.same_for_threads = false;
  BOOST_TEST((verdict_of(kernel, repeat).outcome == Outcome::fail), "equal calls must still agree");
}

BOOST_AUTO_TEST_CASE(checks_are_assigned_evenly_and_reproducibly) {
  const std::vector<Trial>& suite = core();
  const std::vector<Trial> once = with_checks(suite, 4);
  const std::vector<Trial> again = with_checks(suite, 4);

  std::map<std::string, std::size_t> assigned;
  for (const Trial& trial : once)
    if (has_other_check(trial)) ++assigned[trial.recipe.check];
  std::size_t fewest = suite.size();
  for (const Check& check : checks())
    if (check.does_not_apply != nullptr)
      fewest = std::min(fewest, assigned[std::string(check.name)]);

  BOOST_TEST((once == again));
  BOOST_TEST(once.size() > suite.size() + suite.size() / 5);
  BOOST_TEST(once.size() <= suite.size() + suite.size() / 4);
  BOOST_TEST(fewest > 40U);
  BOOST_CHECK_THROW(with_checks(suite, 0), SpecError);
}

BOOST_AUTO_TEST_CASE(trials_made_by_with_checks_round_trip_as_text) {
  for (const Trial& trial : checked_core(40)) BOOST_TEST((parse_trial(to_string(trial)) == trial));
}

BOOST_AUTO_TEST_CASE(neighbours_are_valid_and_differ_from_the_spec) {
  const ConvSpec spec = parse_spec("n2_c4_i7x6_k4_f2x3_s1x2_d2x1_p1_g2");
  std::set<std::string> names;
  for (const Neighbours& neighbours : neighbours_of(spec)) {
    names.insert(neighbours.parameter);
    for (const ConvSpec& other : neighbours.specs) {
      BOOST_TEST(!why_invalid(other).has_value());
      BOOST_TEST((other != spec));
    }
  }

  for (const char* name :
       {"batch", "in_channels", "out_channels", "groups", "input of axis 0", "filter of axis 1",
        "stride of axis 1", "dilation of axis 0", "padding before of axis 0",
        "padding after of axis 1", "flip", "unshared"})
    BOOST_TEST(names.contains(name), name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
