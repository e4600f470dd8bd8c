// SPDX-License-Identifier: Apache-2.0
// Every check detects planted faults: kernels that are the reference with one fault.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <map>
#include <string_view>

#include "core/spec_text.hpp"
#include "oracle/checks/checks.hpp"
#include "tests/oracle/faulty_kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(checks_faults_test)

struct Planted {
  const char* check;
  const char* fault;
  Kernel (*kernel)();
  const char* trial;
};

constexpr auto plain = "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2/forward/f32";
constexpr auto flipped = "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip/forward/f32";
constexpr auto dense = "n2_c4_i9x8_k6_f3x2_p1/forward/f32";
constexpr auto to_input = "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2/grad_input/f32";
constexpr auto to_filters = "n2_c4_i9x8_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2/grad_weights/f32";
constexpr auto thin = "n2_c4_i1x8_k6_f1x2_d1x2_p0x1/forward/f32";

const Planted planted[] = {
    {"linear_in_first", "adds one", [] { return all_wrong(always); }, plain},
    {"linear_in_first", "saturates", saturating, plain},
    {"linear_in_second", "adds one", [] { return all_wrong(always); }, to_filters},
    {"linear_in_second", "one element is one off", [] { return first_wrong(always); }, to_input},
    {"linear_in_first", "rounds its input", rounding_to_bf16, "c2_i6x6_k2_f3x3/forward/f32"},
    {"additivity", "adds one", [] { return all_wrong(always); }, plain},
    {"additivity", "saturates", saturating, to_input},
    {"impulse", "never flips", never_flips, flipped},
    {"impulse", "does not pad before", pads_behind_only, to_input},
    {"impulse", "does not dilate", no_dilation, to_filters},
    {"shift", "one element is one off", [] { return first_wrong(always); }, plain},
    {"shift", "adds to every element its number", adds_its_number, to_input},
    {"flip", "never flips", never_flips, flipped},
    {"flip", "wrong where flipped",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return p.spec.flip; }); },
     to_filters},
    {"dilation", "does not dilate", no_dilation, plain},
    {"dilation", "does not dilate", no_dilation, to_filters},
    {"dilation", "wrong where dilated",
     [] {
       return first_wrong([](const Problem& p, const Buffers&) { return p.spec.dilation[1] > 1; });
     },
     to_input},
    {"stride", "takes steps of one", stride_of_one, plain},
    {"stride", "takes steps of one", stride_of_one, to_input},
    {"stride", "wrong where strided",
     [] {
       return first_wrong([](const Problem& p, const Buffers&) { return p.spec.stride[0] > 1; });
     },
     to_filters},
    {"padding", "does not pad before", pads_behind_only, plain},
    {"padding", "does not pad before", pads_behind_only, to_filters},
    {"padding", "wrong where padded",
     [] {
       return first_wrong(
           [](const Problem& p, const Buffers&) { return p.spec.padding[1].before > 0; });
     },
     to_input},
    {"rank_raising", "wrong in two dimensions",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return p.spec.rank == 2; }); },
     plain},
    {"rank_raising", "wrong in three dimensions",
     [] { return all_wrong([](const Problem& p, const Buffers&) { return p.spec.rank == 3; }); },
     to_filters},
    {"rank_lowering", "wrong in two dimensions",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return p.spec.rank == 2; }); },
     thin},
    {"rank_lowering", "wrong in one dimension",
     [] { return all_wrong([](const Problem& p, const Buffers&) { return p.spec.rank == 1; }); },
     thin},
    {"permute_in_channels", "last channel unseen", without_last_channel, plain},
    {"permute_in_channels", "one element is one off", [] { return first_wrong(always); }, to_input},
    {"permute_out_channels", "one element is one off", [] { return first_wrong(always); }, plain},
    {"permute_out_channels", "last channel unseen", without_last_channel, to_input},
    {"permute_groups", "last channel unseen", without_last_channel, plain},
    {"permute_groups", "one element is one off", [] { return first_wrong(always); }, to_filters},
    {"group_split", "last channel unseen", without_last_channel, plain},
    {"group_split", "wrong with groups",
     [] { return all_wrong([](const Problem& p, const Buffers&) { return p.spec.groups > 1; }); },
     to_filters},
    {"group_merge", "wrong with groups",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return p.spec.groups > 1; }); },
     plain},
    {"group_merge", "wrong without groups",
     [] { return all_wrong([](const Problem& p, const Buffers&) { return p.spec.groups == 1; }); },
     to_input},
    {"batch_split", "last image unseen", without_last_image, plain},
    {"batch_split", "last image unseen", without_last_image, to_filters},
    {"batch_split", "wrong in batches",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return p.spec.batch > 1; }); },
     to_input},
    {"unshared_equal", "wrong where shared",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return !p.spec.unshared; }); },
     plain},
    {"unshared_equal", "wrong where unshared",
     [] { return all_wrong([](const Problem& p, const Buffers&) { return p.spec.unshared; }); },
     to_filters},
    {"adjoint", "forward never flips",
     [] {
       return kernel_of([](const Problem& problem, const Buffers& buffers) {
         Problem other = problem;
         if (problem.pass == Pass::forward) other.spec.flip = false;
         reference().run(other, buffers);
       });
     },
     flipped},
    {"adjoint", "one element of the gradient is one off",
     [] {
       return first_wrong(
           [](const Problem& p, const Buffers&) { return p.pass == Pass::grad_weights; });
     },
     plain},
    {"finite_differences", "one element of the gradient is one off",
     [] {
       return first_wrong(
           [](const Problem& p, const Buffers&) { return p.pass == Pass::grad_weights; });
     },
     to_filters},
    {"finite_differences", "one of many elements of the gradient is one off",
     [] {
       return first_wrong(
           [](const Problem& p, const Buffers&) { return p.pass == Pass::grad_input; });
     },
     "n2_c4_i12x12_k6_f3x3_p1/grad_input/f32"},
    {"finite_differences", "forward does not dilate",
     [] {
       return kernel_of([](const Problem& problem, const Buffers& buffers) {
         (problem.pass == Pass::forward ? no_dilation() : reference()).run(problem, buffers);
       });
     },
     to_input},
    {"second_order", "grad_weights saturates",
     [] {
       return kernel_of([](const Problem& problem, const Buffers& buffers) {
         (problem.pass == Pass::grad_weights ? saturating() : reference()).run(problem, buffers);
       });
     },
     to_filters},
    {"second_order", "grad_input takes steps of one",
     [] {
       return kernel_of([](const Problem& problem, const Buffers& buffers) {
         (problem.pass == Pass::grad_input ? stride_of_one() : reference()).run(problem, buffers);
       });
     },
     to_input},
    {"repeat", "every third call is wrong", [] { return every_nth_wrong(3); }, plain},
    {"repeat", "every second call is wrong", [] { return every_nth_wrong(2); }, to_input},
    {"other_problem", "keeps the last problem's spec", remembering,
     "n2_c2_i9x8_k2_f3x3_phalf_flip/forward/f32/seed=13"},
    {"other_problem", "every fifth call is wrong", [] { return every_nth_wrong(5); }, to_filters},
    {"larger_problem", "computes as many images as in its first call", keeping_its_batch,
     "n2_c2_i9x8_k2_f3x3_phalf_flip/forward/f32/seed=13"},
    {"larger_problem", "every second call is wrong", [] { return every_nth_wrong(2); }, plain},
    {"other_kind", "every third call is wrong", [] { return every_nth_wrong(3); }, plain},
    {"other_kind", "every second call is wrong", [] { return every_nth_wrong(2); }, to_input},
    {"moving_buffers", "every third call is wrong", [] { return every_nth_wrong(3); }, plain},
    {"moving_buffers", "every second call is wrong", [] { return every_nth_wrong(2); }, to_filters},
    {"thread_counts", "wrong with seven threads",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return p.threads == 7; }); },
     plain},
    {"thread_counts", "wrong with many threads",
     [] { return all_wrong([](const Problem& p, const Buffers&) { return p.threads > 8; }); },
     to_input},
    {"scaling", "reads the old result", reads_old_result, plain},
    {"scaling", "scales the old result by alpha", scales_old_result_by_alpha, to_filters},
    {"alignments", "wrong 7 elements behind a boundary",
     [] {
       return first_wrong(
           [](const Problem& p, const Buffers& b) { return misaligned_by(p, b, 7); });
     },
     plain},
    {"alignments", "wrong 15 elements behind a boundary",
     [] {
       return all_wrong([](const Problem& p, const Buffers& b) { return misaligned_by(p, b, 15); });
     },
     to_filters},
    {"pitches", "wrong with channels last",
     [] { return first_wrong([](const Problem& p, const Buffers&) { return is_nhwc(p); }); },
     plain},
    {"pitches", "takes no notice of gaps", ignores_gaps, to_filters},
    {"workspace", "adds what it finds there", [] { return dirty_workspace(64, 1); }, plain},
    {"workspace", "adds a little of what it finds there", [] { return dirty_workspace(4, 1e-3F); },
     to_input},
    {"workspace", "writes behind it", past_workspace, plain},
    {"leak", "every 15th call is wrong", [] { return every_nth_wrong(15); }, plain},
    {"leak", "every second call is wrong", [] { return every_nth_wrong(2); }, to_input},
    {"many_calls", "every 30th call is wrong", [] { return every_nth_wrong(30); }, plain},
    {"many_calls", "keeps the last problem's spec", remembering,
     "n2_c2_i9x8_k2_f3x3_phalf_flip/forward/f32/seed=13"},
};

Verdict verdict_of(const Kernel& kernel, const Trial& trial) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(trial, subject, *sandbox, cases);
}

Trial trial_of(const char* check, const char* text) {
  Trial trial = parse_trial(text);
  trial.recipe.check = check;
  return trial;
}

BOOST_AUTO_TEST_CASE(every_planted_fault_is_detected_by_its_check) {
  for (const Planted& p : planted) {
    const Verdict verdict = verdict_of(p.kernel(), trial_of(p.check, p.trial));

    BOOST_TEST((verdict.outcome == Outcome::fail),
               p.check << " lets through a kernel that " << p.fault << ": "
                       << name_of(verdict.outcome) << " " << verdict.reason);
    BOOST_TEST(!verdict.reason.empty());
    if (verdict.wrong == 0) continue;
    BOOST_TEST(verdict.first.has_value(), p.check);
    BOOST_TEST(verdict.worst.has_value(), p.check);
  }
}

BOOST_AUTO_TEST_CASE(the_reference_passes_where_faults_are_planted) {
  for (const Planted& p : planted) {
    if (std::string_view(p.check) == "workspace") continue;

    const Verdict verdict = verdict_of(reference(), trial_of(p.check, p.trial));

    BOOST_TEST((verdict.outcome == Outcome::pass), p.check << ": " << verdict.reason);
  }
}

BOOST_AUTO_TEST_CASE(every_check_has_two_planted_faults) {
  std::map<std::string_view, int> faults;
  for (const Planted& p : planted) ++faults[p.check];

  for (const Check& check : checks())
    if (check.does_not_apply != nullptr && check.name != "power")  // calls no kernel
      BOOST_TEST(faults[check.name] >= 2, check.name);
}

BOOST_AUTO_TEST_CASE(nan_is_detected_by_every_check_on_exact_and_on_real_data) {
  Kernel kernel = kernel_of([](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    float* const result = result_of(problem, buffers);
    for (index_t at = 0; at < results_of(problem); ++at)
      result[at] = std::numeric_limits<float>::quiet_NaN();
  });
  kernel.workspace_bytes = [](const Problem&) { return std::size_t{64}; };
  for (const Planted& p : planted)
    for (const char* fill : {"exact", "flat"}) {
      Trial trial = trial_of(p.check, p.trial);
      trial.recipe.fill = fill;

      const Verdict verdict = verdict_of(kernel, trial);

      BOOST_TEST((verdict.outcome == Outcome::fail),
                 to_string(trial) << ": " << name_of(verdict.outcome) << " " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(metamorphic_relations_and_gradients_detect_faults_on_real_data_too) {
  int tried = 0;
  for (const Planted& p : planted) {
    Trial trial = trial_of(p.check, p.trial);
    const std::string_view fault = p.fault;
    trial.recipe.fill = "flat";
    if (check_named(p.check).does_not_apply(trial)) continue;
    // Operands of at most 1 are not clamped, and rounding them stays within the bounds of sums.
    if (fault.find("saturates") != fault.npos || fault.find("rounds") != fault.npos) continue;

    const Verdict verdict = verdict_of(p.kernel(), trial);

    BOOST_TEST((verdict.outcome == Outcome::fail), to_string(trial)
                                                       << " lets through a kernel that " << p.fault
                                                       << ": " << verdict.reason);
    ++tried;
  }
  BOOST_TEST(tried > 50);
}

BOOST_AUTO_TEST_CASE(one_nan_among_many_elements_is_detected_by_metamorphic_relations) {
  const Kernel kernel = kernel_of([](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    result_of(problem, buffers)[results_of(problem) / 2] = std::numeric_limits<float>::quiet_NaN();
  });

  for (const char* check : {"linear_in_first", "additivity", "flip", "group_split", "batch_split",
                            "stride", "adjoint", "finite_differences", "second_order"})
    BOOST_TEST((verdict_of(kernel, trial_of(check, plain)).outcome == Outcome::fail), check);
}

BOOST_AUTO_TEST_CASE(a_verdict_names_the_metamorphic_relation_and_the_elements) {
  const Verdict verdict = verdict_of(never_flips(), trial_of("flip", flipped));

  BOOST_TEST(verdict.layer == "metamorphic relation");
  BOOST_TEST(verdict.reason.starts_with("flip = reversed taps: "), verdict.reason);
  BOOST_TEST(verdict.wrong > 0);
  BOOST_REQUIRE(verdict.first.has_value());
  BOOST_TEST(verdict.first->index.size() == 4U);
  BOOST_TEST(verdict.first->subject != verdict.first->truth);
}

BOOST_AUTO_TEST_CASE(a_crash_in_a_follow_up_problem_is_a_finding) {
  const Kernel kernel = kernel_of([](const Problem& problem, const Buffers& buffers) {
    if (problem.spec.groups == 1) throw std::runtime_error("no groups");
    reference().run(problem, buffers);
  });

  BOOST_TEST((verdict_of(kernel, trial_of("group_merge", plain)).outcome == Outcome::crashed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
