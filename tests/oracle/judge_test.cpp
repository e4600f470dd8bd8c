// SPDX-License-Identifier: Apache-2.0
// The judge against planted faults: each subject is the reference with one fault.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/errors.hpp"
#include "core/half.hpp"
#include "core/spec_text.hpp"
#include "optimized/kernels.hpp"
#include "oracle/checks/checks.hpp"
#include "oracle/truth/compare.hpp"
#include "reference/kernels.hpp"

namespace convict::oracle {
namespace {

BOOST_AUTO_TEST_SUITE(judge_test)

using Run = std::function<void(const Problem&, const Buffers&)>;

const Kernel& reference() { return ::convict::reference::kernels().front(); }

/// The reference, then `fault` on its buffers.
Kernel with_fault(Run fault) {
  Kernel kernel = reference();
  kernel.name = "test.faulty";
  kernel.run = [fault = std::move(fault)](const Problem& problem, const Buffers& buffers) {
    reference().run(problem, buffers);
    fault(problem, buffers);
  };
  return kernel;
}

Verdict verdict_on(const Kernel& kernel, const std::string& trial) {
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;
  return carry_out(parse_trial(trial), subject, *sandbox, cases);
}

float* output_of(const Buffers& buffers) { return static_cast<float*>(buffers.output); }
index_t outputs_of(const Problem& problem) { return problem.shapes.output.elements(); }

constexpr auto plain = "n2_c3_i7x6_k4_f3x2_p1:0x2:1/forward/f32";

BOOST_AUTO_TEST_CASE(the_reference_passes_every_fill_pass_and_precision) {
  for (const auto& fill : datasets::fills())
    for (const Pass pass : all_passes)
      for (const Precision precision : reference().precisions) {
        Trial trial{.spec = parse_spec("n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2_flip"),
                    .pass = pass,
                    .precision = precision,
                    .recipe = {}};
        trial.recipe.fill = fill.name;
        trial.recipe.seed = 3;

        const Verdict verdict = verdict_on(reference(), to_string(trial));

        BOOST_TEST((verdict.outcome == Outcome::pass), to_string(trial) << ": " << verdict.reason);
        BOOST_TEST(verdict.elements > 0);
      }
}

BOOST_AUTO_TEST_CASE(a_nan_in_any_one_element_fails_with_every_fill) {
  for (const char* fill : {"exact", "flat", "positive", "subnormal"})
    for (index_t at = 0; at < 2 * 4 * 6 * 8; ++at) {
      const Kernel kernel = with_fault([at](const Problem&, const Buffers& buffers) {
        output_of(buffers)[at] = std::numeric_limits<float>::quiet_NaN();
      });

      const Verdict verdict = verdict_on(kernel, std::string(plain) + "/fill=" + fill);

      BOOST_TEST((verdict.outcome == Outcome::fail));
      BOOST_TEST(verdict.wrong == 1);
    }
}

BOOST_AUTO_TEST_CASE(wrong_elements_are_listed_and_their_pattern_is_described) {
  const Kernel kernel = with_fault([](const Problem& problem, const Buffers& buffers) {
    const auto& shape = problem.shapes.output;  // (2, 4, 1, 6, 8)
    for (index_t n = 0; n < 2; ++n)
      for (index_t k = 0; k < 4; ++k)
        for (index_t row = 0; row < 6; ++row)
          output_of(buffers)[shape.offset(n, k, 0, row, 7)] += static_cast<float>(1 + row);
  });
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  Cases cases;

  const Answer answer = try_case(cases.of(parse_trial(plain), {}), subject, *sandbox);

  BOOST_TEST(answer.verdict.pattern ==
             "column 7 (the last; where windows meet padding after) of every image and channel");
  BOOST_TEST(answer.complete);
  BOOST_TEST_REQUIRE(answer.wrong_elements.size() == 48U);
  BOOST_TEST(answer.wrong_elements.front() == 7);
  BOOST_TEST(answer.wrong_elements.back() == 383);
  BOOST_TEST_REQUIRE(answer.worst.size() == 16U);
  BOOST_TEST((answer.worst.front().index == std::vector<index_t>{0, 0, 5, 7}));
  BOOST_TEST((answer.worst[8].index == std::vector<index_t>{0, 0, 4, 7}));
}

BOOST_AUTO_TEST_CASE(very_many_wrong_elements_are_cut_off_but_counted) {
  const Kernel kernel = with_fault([](const Problem& problem, const Buffers& buffers) {
    for (index_t at = 0; at < outputs_of(problem); at += 2) output_of(buffers)[at] += 1;
  });
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();
  const Case known = make_case(parse_trial("n4_c1_i200x200_k1_f1x1/forward/f32"));

  const Answer answer = try_case(known, subject, *sandbox);

  BOOST_TEST(answer.verdict.wrong == 80'000);
  BOOST_TEST(answer.wrong_elements.size() == Comparison::elements_kept);
  BOOST_TEST(!answer.complete);
  BOOST_TEST(answer.verdict.pattern ==
             "even columns of every image, as far as the first 120000 elements go");
}

BOOST_AUTO_TEST_CASE(a_problem_too_large_for_its_definition_has_wrong_positions_named) {
  const Trial trial = parse_trial("n8_c64_i64x66_k256_f3x3_p1/forward/f32/seed=7");
  const Kernel& fast = ::convict::optimized::kernels().front();
  Kernel kernel = fast;
  kernel.run = [&fast](const Problem& problem, const Buffers& buffers) {
    fast.run(problem, buffers);
    for (index_t row = 0; row < 64; ++row)
      output_of(buffers)[problem.shapes.output.offset(1, 2, 0, row, 65)] += 1;
  };
  Cases cases(nullptr, TruthKernels());
  const sandbox::Subject subject = sandbox::in_process(kernel);
  const auto sandbox = subject.open();

  const Verdict verdict = run_trial(trial, subject, *sandbox, cases);

  BOOST_TEST(name_of(cases.of(trial, kernel.claims).truth_by) == "projection");
  BOOST_TEST(verdict.reason == "64 of 4224 positions wrong, at least 16 elements");
  BOOST_TEST(verdict.pattern == "in column 65 (the last; where windows meet padding after)");
}

BOOST_AUTO_TEST_CASE(one_element_off_by_one_is_named_with_its_index) {
  const Kernel kernel = with_fault([](const Problem& problem, const Buffers& buffers) {
    output_of(buffers)[problem.shapes.output.offset(1, 2, 0, 3, 4)] += 1;
  });

  const Verdict verdict = verdict_on(kernel, plain);

  BOOST_TEST((verdict.outcome == Outcome::fail));
  BOOST_TEST(verdict.layer == "exact");
  BOOST_TEST(verdict.wrong == 1);
  BOOST_REQUIRE(verdict.first.has_value());
  BOOST_TEST(verdict.first->index == (std::vector<index_t>{1, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(verdict.first->subject == verdict.first->truth + 1);
}

BOOST_AUTO_TEST_CASE(a_fraction_in_an_exact_result_is_reported_as_such) {
  const Kernel kernel =
      with_fault([](const Problem&, const Buffers& buffers) { output_of(buffers)[0] += 0.5F; });

  const Verdict verdict = verdict_on(kernel, plain);

  BOOST_TEST(verdict.reason.find("no multiple of 1") != std::string::npos, verdict.reason);
}

BOOST_AUTO_TEST_CASE(an_error_just_above_the_bound_fails_and_just_below_passes) {
  const auto trial = std::string(plain) + "/fill=flat";
  const Case known = make_case(parse_trial(trial));
  const double bound = bound_at(known.truth, bound_for(known, {}), 5);
  const auto shifted_by = [&](double times) {
    return with_fault([&known, bound, times](const Problem&, const Buffers& buffers) {
      output_of(buffers)[5] = static_cast<float>(known.truth.value[5] + times * bound);
    });
  };

  BOOST_TEST((verdict_on(shifted_by(1.2), trial).outcome == Outcome::fail));
  BOOST_TEST((verdict_on(shifted_by(-1.2), trial).outcome == Outcome::fail));
  BOOST_TEST((verdict_on(shifted_by(0.8), trial).outcome == Outcome::pass));
}

BOOST_AUTO_TEST_CASE(inputs_read_as_bf16_or_tf32_fail_unless_the_kernel_claims_it) {
  for (const Precision precision : {Precision::bf16, Precision::tf32}) {
    Kernel kernel = reference();
    kernel.run = [format = format_of(precision)](const Problem& problem, const Buffers& buffers) {
      std::vector<float> rounded(static_cast<std::size_t>(problem.shapes.input.span()));
      for (std::size_t i = 0; i < rounded.size(); ++i)
        rounded[i] = static_cast<float>(round_to(format, static_cast<float*>(buffers.input)[i]));
      Buffers copy = buffers;
      copy.input = rounded.data();
      reference().run(problem, copy);
    };

    BOOST_TEST(
        (verdict_on(kernel, std::string(plain) + "/fill=mantissa").outcome == Outcome::fail));
    BOOST_TEST((verdict_on(kernel, std::string(plain) + "/fill=flat").outcome == Outcome::fail));
    kernel.claims.input_rounding = precision;
    BOOST_TEST(
        (verdict_on(kernel, std::string(plain) + "/fill=mantissa").outcome == Outcome::pass));
    BOOST_TEST((verdict_on(kernel, std::string(plain) + "/fill=flat").outcome == Outcome::pass));
  }
}

BOOST_AUTO_TEST_CASE(an_unwritten_element_is_distinguished_from_a_wrong_one) {
  Kernel kernel = reference();
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    const float last = output_of(buffers)[outputs_of(problem) - 1];
    reference().run(problem, buffers);
    output_of(buffers)[outputs_of(problem) - 1] = last;
  };

  const Verdict verdict = verdict_on(kernel, plain);

  BOOST_TEST((verdict.outcome == Outcome::fail));
  BOOST_TEST(verdict.layer == "memory safety");
  BOOST_TEST(verdict.reason.find("1 of 384 elements never written, first (1, 3, 5, 7)") !=
                 std::string::npos,
             verdict.reason);
}

BOOST_AUTO_TEST_CASE(a_write_behind_or_before_the_output_is_measured) {
  const Kernel behind = with_fault([](const Problem& problem, const Buffers& buffers) {
    output_of(buffers)[outputs_of(problem) + 2] = 0;
  });
  const Kernel before =
      with_fault([](const Problem&, const Buffers& buffers) { output_of(buffers)[-1] = 0; });

  BOOST_TEST(verdict_on(behind, plain).reason.find("8 bytes behind the end of output") !=
             std::string::npos);
  BOOST_TEST(verdict_on(before, plain).reason.find("before the start of output") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_write_into_an_operand_or_between_rows_is_a_finding) {
  const Kernel operand = with_fault(
      [](const Problem&, const Buffers& buffers) { static_cast<float*>(buffers.filters)[3] += 1; });
  const Kernel gap = with_fault([](const Problem& problem, const Buffers& buffers) {
    output_of(buffers)[problem.shapes.output.extents[4]] = 0;
  });

  BOOST_TEST(
      verdict_on(operand, plain).reason.find("modified its operand filters, first at element 3") !=
      std::string::npos);
  BOOST_TEST(verdict_on(gap, std::string(plain) + "/pitch=2")
                 .reason.find("gap between the elements of output") != std::string::npos);
}

/// Every kind of layout: orders of axes, slices, alignment, reversed and repeated axes.
const char* const places[] = {"layout=nhwc:rsck:chwn",
                              "layout=chwn,pitch=2",
                              "steps=c+2:k*2.c+1:n+1.c+3",
                              "layout=nhwc,steps=n*2.w*3:c*2:h+2",
                              "steps=c%64.h%16:k%8:n%128",
                              "steps=h*-1.w*-2:k*-1.s*-1:n*-1.c+1",
                              "layout=nhwc:ckrs:nhwc,steps=c*-1+2:-:w*-3%8"};

BOOST_AUTO_TEST_CASE(the_reference_passes_in_every_layout) {
  for (const char* place : places)
    for (const Pass pass : all_passes)
      for (const char* guard : {"", ",guard=left", ",guard=right"}) {
        const std::string trial =
            fmt::format("n2_c4_i7x6_k6_f3x2_s2x1_d1x2_p1:0x2:1_g2/{}/f32/beta=-1,{}{}",
                        name_of(pass), place, guard);

        const Verdict verdict = verdict_on(reference(), trial);

        BOOST_TEST((verdict.outcome == Outcome::pass), trial << ": " << verdict.reason);
      }
}

BOOST_AUTO_TEST_CASE(checks_with_operands_of_their_own_pass_in_every_layout) {
  for (const char* check :
       {"linear_in_first", "shift", "batch_split", "adjoint", "pitches", "many_calls"})
    for (const char* place : {places[0], places[2], places[5], "steps=c*0:k*0:-"}) {
      const Verdict verdict = verdict_on(
          reference(), fmt::format("n2_c4_i7x6_k4_f3x2/forward/f32/{},check={}", place, check));

      BOOST_TEST((verdict.outcome == Outcome::pass), place << check << ": " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(repeated_operands_are_equal_along_the_axis_and_judged) {
  const Trial trial = parse_trial("n2_c2_i3_k2_f2/forward/f32/fill=flat,steps=n*0:c*0:-");
  const datasets::Operands operands = datasets::fill(trial);
  const std::vector<double>& x = operands.input;    // (2, 2, 3)
  const std::vector<double>& w = operands.filters;  // (2, 2, 2)

  for (std::size_t at = 0; at < 6; ++at) BOOST_TEST(x[at] == x[at + 6]);
  for (const std::size_t at : {0U, 1U, 4U, 5U}) BOOST_TEST(w[at] == w[at + 2]);
  BOOST_TEST(x[0] != x[3]);
  BOOST_TEST((verdict_on(reference(), to_string(trial)).outcome == Outcome::pass));
  const std::vector<double> one =
      datasets::fill(parse_trial("n2_c2_i3_k2_f2/forward/f32/only=1x1x2:*,steps=n*0:-:-")).input;
  for (std::size_t at = 0; at < one.size(); ++at) BOOST_TEST((one[at] != 0) == (at % 6 == 5));
}

/// The reference on a problem that it misreads.
Kernel misreading(void (*misread)(TensorShapes&)) {
  Kernel kernel = reference();
  kernel.run = [misread](const Problem& problem, const Buffers& buffers) {
    Problem taken = problem;
    misread(taken.shapes);
    reference().run(taken, buffers);
  };
  return kernel;
}

BOOST_AUTO_TEST_CASE(gaps_of_slices_are_poisoned_and_compared) {
  const Kernel reads = misreading([](TensorShapes& shapes) {
    shapes.filters.strides = row_major(shapes.filters.extents).strides;
  });
  const Kernel writes = misreading([](TensorShapes& shapes) {
    shapes.output.strides = row_major(shapes.output.extents).strides;
  });

  const Verdict read = verdict_on(reads, std::string(plain) + "/steps=-:c+2:-");
  const Verdict written = verdict_on(writes, std::string(plain) + "/steps=-:-:c+2");

  BOOST_TEST(
      read.reason.find("what lay in a gap between the elements of filters") != std::string::npos,
      read.reason);
  BOOST_TEST(
      written.reason.find("wrote into a gap between the elements of output") != std::string::npos,
      written.reason);
}

BOOST_AUTO_TEST_CASE(gaps_that_no_memory_can_hold_are_unsupported) {
  const Verdict verdict = verdict_on(reference(), std::string(plain) + "/steps=n*100000000000:-:-");

  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.reason.find("too large here: with its gaps") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_read_behind_the_input_or_of_the_old_result_is_detected) {
  const Kernel reads_behind = with_fault([](const Problem& problem, const Buffers& buffers) {
    output_of(buffers)[0] += 0 * static_cast<float*>(buffers.input)[problem.shapes.input.span()];
  });
  Kernel reads_old = reference();
  reads_old.run = [](const Problem& problem, const Buffers& buffers) {
    Problem adding = problem;
    if (problem.beta == 0) adding.beta = 1e-30;
    reference().run(adding, buffers);
  };

  BOOST_TEST((verdict_on(reads_behind, plain).outcome == Outcome::fail));
  BOOST_TEST((verdict_on(reads_old, plain).outcome == Outcome::fail));
}

BOOST_AUTO_TEST_CASE(the_workspace_is_poisoned_and_exactly_as_large_as_asked_for) {
  Kernel kernel = reference();
  kernel.workspace_bytes = [](const Problem&) { return std::size_t{100}; };
  const auto touching = [&](std::size_t at, bool reads) {
    Kernel touches = kernel;
    touches.run = [at, reads](const Problem& problem, const Buffers& buffers) {
      BOOST_TEST(buffers.workspace_bytes == 100U);
      reference().run(problem, buffers);
      auto* const bytes = static_cast<unsigned char*>(buffers.workspace);
      if (reads)
        output_of(buffers)[0] += static_cast<float>(bytes[at]);
      else
        bytes[at] = 7;
    };
    return touches;
  };

  BOOST_TEST((verdict_on(touching(99, false), plain).outcome == Outcome::pass));
  BOOST_TEST(verdict_on(touching(100, false), plain).reason.find("behind the end of workspace") !=
             std::string::npos);
  BOOST_TEST(
      verdict_on(touching(0, true), plain).reason.find("two runs on the same operands differ") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(results_may_differ_between_runs_only_without_claimed_determinism) {
  int calls = 0;
  Kernel kernel = with_fault([&calls](const Problem& problem, const Buffers& buffers) {
    float& element = output_of(buffers)[problem.shapes.output.offset(0, 0, 0, 3, 4)];
    if (calls++ % 2 == 1) element = std::nextafter(element, 1e9F);
  });
  const auto trial = std::string(plain) + "/fill=flat";

  BOOST_TEST((verdict_on(kernel, trial).outcome == Outcome::fail));
  kernel.claims.deterministic = false;
  BOOST_TEST((verdict_on(kernel, trial).outcome == Outcome::pass));
  BOOST_TEST((verdict_on(kernel, plain).outcome == Outcome::fail),
             "exact results must have the same bits");
}

BOOST_AUTO_TEST_CASE(the_second_run_of_a_nondeterministic_kernel_is_judged_too) {
  int calls = 0;
  Kernel kernel = with_fault([&calls](const Problem&, const Buffers& buffers) {
    if (calls++ % 2 == 1) output_of(buffers)[0] += 1;
  });
  kernel.claims.deterministic = false;

  const Verdict verdict = verdict_on(kernel, std::string(plain) + "/fill=flat");

  BOOST_TEST((verdict.outcome == Outcome::fail));
}

BOOST_AUTO_TEST_CASE(exceptions_and_reported_failures_are_verdicts) {
  Kernel throws = reference();
  throws.run = [](const Problem&, const Buffers&) { throw std::runtime_error("out of luck"); };
  Kernel reports = reference();
  reports.run = [](const Problem&, const Buffers&) { throw KernelError("status 3"); };

  BOOST_TEST((verdict_on(throws, plain).outcome == Outcome::crashed));
  const Verdict failed = verdict_on(reports, plain);
  BOOST_TEST((failed.outcome == Outcome::fail));
  BOOST_TEST(failed.reason.find("status 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_unsupported_with_the_kernels_reason) {
  Kernel kernel = reference();
  kernel.refuses = [](const Problem&) { return "not on Sundays"; };

  const Verdict verdict = verdict_on(kernel, plain);

  BOOST_TEST((verdict.outcome == Outcome::unsupported));
  BOOST_TEST(verdict.reason == "not on Sundays");
}

BOOST_AUTO_TEST_CASE(accepting_an_invalid_spec_fails_and_refusing_it_passes) {
  constexpr auto trial = "c4_i5x5_k6_f3x3_g4/forward/f32/check=must_refuse";
  Kernel refuses_nothing = reference();
  refuses_nothing.refuses = nullptr;

  BOOST_TEST((verdict_on(reference(), trial).outcome == Outcome::pass));
  const Verdict verdict = verdict_on(refuses_nothing, trial);
  BOOST_TEST((verdict.outcome == Outcome::fail));
  BOOST_TEST(verdict.reason.find("out_channels is 6") != std::string::npos, verdict.reason);
}

BOOST_AUTO_TEST_CASE(buffers_are_as_misaligned_as_the_trial_says) {
  for (const int align : {0, 1, 3, 16}) {
    const Kernel kernel = with_fault([align](const Problem&, const Buffers& buffers) {
      for (void* pointer : {buffers.input, buffers.filters, buffers.output})
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(pointer) % 64 ==
                   static_cast<std::uintptr_t>(4 * align) % 64);
    });

    BOOST_TEST((verdict_on(kernel, std::string(plain) +
                                       (align == 0 ? "" : "/align=" + std::to_string(align)))
                    .outcome == Outcome::pass));
  }
}

BOOST_AUTO_TEST_CASE(less_than_the_claimed_alignment_is_unsupported) {
  Kernel kernel = reference();
  kernel.claims.required_alignment = 4;

  BOOST_TEST((verdict_on(kernel, std::string(plain) + "/align=8").outcome == Outcome::pass));
  BOOST_TEST((verdict_on(kernel, std::string(plain) + "/align=2").outcome == Outcome::unsupported));
}

BOOST_AUTO_TEST_CASE(a_pass_that_could_not_reveal_faults_is_mistrusted) {
  Kernel fft = reference();
  fft.claims.arithmetic.kind = Arithmetic::Class::fft;

  BOOST_TEST((verdict_on(fft, plain).outcome == Outcome::mistrusted), "no bound for its class");
  BOOST_TEST((verdict_on(reference(), "c70000_i1_k1_f1/forward/f32/fill=positive").outcome ==
              Outcome::mistrusted),
             "a bound wider than a product");
  BOOST_TEST(
      (verdict_on(reference(), "c20000000_i1_k0_f1/forward/f32").outcome == Outcome::mistrusted),
      "too many products for exact data");
}

BOOST_AUTO_TEST_CASE(infinities_and_nans_must_be_where_the_truth_has_them) {
  const auto trial = std::string(plain) + "/fill=special,seed=5";
  const Case known = make_case(parse_trial(trial));
  for (std::size_t at = 0; at < known.truth.value.size(); ++at) {
    const double truth = known.truth.value[at];
    const Kernel kernel = with_fault([at, truth](const Problem&, const Buffers& buffers) {
      output_of(buffers)[at] = std::isfinite(truth) ? std::numeric_limits<float>::infinity() : 1.0F;
    });

    BOOST_TEST((verdict_on(kernel, trial).outcome == Outcome::fail));
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_fill_or_check_is_an_error_that_lists_the_known) {
  BOOST_CHECK_EXCEPTION(verdict_on(reference(), std::string(plain) + "/fill=sawdust"), SpecError,
                        [](const SpecError& error) {
                          return std::string(error.what()).find("mantissa") != std::string::npos;
                        });
  BOOST_CHECK_EXCEPTION(verdict_on(reference(), std::string(plain) + "/check=horoscope"), SpecError,
                        [](const SpecError& error) {
                          return std::string(error.what()).find("must_refuse") != std::string::npos;
                        });
  BOOST_CHECK_THROW(verdict_on(reference(), "c4_i5x5_k6_f3x3_g4/forward/f32"), SpecError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::oracle
