// SPDX-License-Identifier: Apache-2.0
// What failing trials are shrunk to.
#include "fuzz/shrink/shrink.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "core/errors.hpp"
#include "fuzz/cluster.hpp"
#include "fuzz/shrink/reductions.hpp"
#include "oracle/checks/checks.hpp"
#include "tests/planted_faults.hpp"

namespace convict::fuzz {
namespace {

BOOST_AUTO_TEST_SUITE(shrink_test)

constexpr double plenty_s = 30;

std::string shrunk_text(const std::string& text, const sandbox::Subject& subject) {
  const Trial trial = parse_trial(text);
  const auto sandbox = subject.open();
  oracle::Cases cases;
  const Verdict verdict = oracle::carry_out(trial, subject, *sandbox, cases);
  BOOST_REQUIRE(is_finding(verdict.outcome));
  const Shrunk shrunk = shrink_finding(trial, verdict, subject, *sandbox, plenty_s);
  BOOST_TEST(shrunk.minimal);
  return to_string(shrunk.trial);
}

/// A large problem with many features.
const std::string busy =
    "n3_c12_i14x9x7_k18_f3x2x4_s3x2x4_d2x1x2_p1:2x0:3x2_g3_flip/forward/f32/"
    "fill=flat,seed=77,alpha=2,beta=-1,layout=nhwc,pitch=3,align=5,threads=3";

bool pads_behind_a_stride(const Problem& problem) {
  for (std::size_t a = 0; a < max_rank; ++a)
    if (problem.spec.stride[a] >= 3 && problem.spec.padding[a].after >= 1) return true;
  return false;
}

BOOST_AUTO_TEST_CASE(a_fault_everywhere_shrinks_to_a_product_of_two_numbers) {
  const auto subject = planted::off_by_one_where([](const Problem&) { return true; });

  BOOST_TEST(shrunk_text(busy, subject) == "c1_i1_k1_f1/forward/f32");
}

BOOST_AUTO_TEST_CASE(a_fault_in_the_border_keeps_what_it_needs_and_nothing_else) {
  const auto subject = planted::off_by_one_where([](const Problem& problem) {
    return pads_behind_a_stride(problem) && problem.spec.in_channels / problem.spec.groups >= 2;
  });

  BOOST_TEST(shrunk_text(busy, subject) == "c2_i1_k1_f1_s3_p0:1/forward/f32");
}

BOOST_AUTO_TEST_CASE(a_fault_in_a_tail_keeps_the_shortest_tail) {
  const auto subject = planted::off_by_one_where(
      [](const Problem& problem) { return problem.spec.out_channels > 16; });

  BOOST_TEST(shrunk_text(busy, subject) == "c1_i1_k17_f1/forward/f32");
}

BOOST_AUTO_TEST_CASE(a_fault_of_two_groups_keeps_two) {
  const auto subject = planted::off_by_one_where([](const Problem& problem) {
    return problem.spec.groups >= 2 && problem.spec.filter[1] >= 2;
  });

  BOOST_TEST(shrunk_text(busy, subject) == "c2_i1x2_k2_f1x2_g2/forward/f32");
}

BOOST_AUTO_TEST_CASE(a_fault_in_the_scaling_keeps_its_factor) {
  const auto subject =
      planted::off_by_one_where([](const Problem& problem) { return problem.beta != 0; });

  BOOST_TEST(shrunk_text(busy, subject) == "c1_i1_k1_f1/forward/f32/beta=-1");
}

BOOST_AUTO_TEST_CASE(a_fault_in_a_layout_keeps_the_layout) {
  const auto subject = planted::off_by_one_where([](const Problem& problem) {
    const InputShape& input = problem.shapes.input;
    return input.extents[1] > 1 && input.extents[4] > 1 && input.strides[1] == 1;
  });

  BOOST_TEST(shrunk_text(busy, subject) == "c2_i2_k1_f1/forward/f32/layout=nhwc");
}

BOOST_AUTO_TEST_CASE(gaps_and_orders_are_reduced_to_those_that_matter) {
  const std::string everywhere =
      "n3_c4_i5x6_k4_f3x2/forward/f32/layout=nhwc:rsck:chwn,pitch=2,"
      "steps=n*-2.c+4.h%16:k*3.c*3+2:c+1.w*-2";
  const auto slices = planted::off_by_one_where([](const Problem& problem) {
    const FilterShape& shape = problem.shapes.filters;
    return shape.extents[0] > 1 && shape.span() > shape.elements();
  });
  const auto images = planted::off_by_one_where([](const Problem& problem) {
    const InputShape& shape = problem.shapes.input;
    return shape.extents[0] > 1 && shape.strides[0] > shape.elements() / shape.extents[0];
  });
  const auto reversed = planted::off_by_one_where(
      [](const Problem& problem) { return problem.shapes.output.strides[4] < 0; });
  const auto mixed = planted::off_by_one_where([](const Problem& problem) {
    return problem.shapes.input.strides[1] == 1 &&
           problem.shapes.filters.strides[0] < problem.shapes.filters.strides[4] &&
           problem.spec.in_channels > 1 && problem.spec.out_channels > 1;
  });

  BOOST_TEST(shrunk_text("n3_c4_i5x6_k4_f3x2/forward/f32/fill=flat,check=pitches", slices) ==
             "c1_i1_k2_f1/forward/f32/steps=-:c*2:-");
  BOOST_TEST(shrunk_text(everywhere, slices) == "c1_i1_k2_f1/forward/f32/steps=-:k*2:-");
  BOOST_TEST(shrunk_text("n3_c4_i5x6_k4_f3x2/forward/f32/steps=n*2.c+4.h%16:k*3:c+1", images) ==
             "n2_c1_i1_k1_f1/forward/f32/steps=h%2:-:-");
  BOOST_TEST(shrunk_text(everywhere, reversed) == "c1_i1_k1_f1/forward/f32/steps=-:-:w*-1");
  BOOST_TEST(shrunk_text(everywhere, mixed) == "c2_i1_k2_f1/forward/f32/layout=nchw:rsck:nchw");
}

/// The reference without one product of its sums: that of the third tap of the second channel in
/// the second filter.
sandbox::Subject without_a_tap() {
  Kernel kernel = reference::kernels().front();
  kernel.name = "test.without_a_tap";
  kernel.precisions = {Precision::f32};
  kernel.passes = {Pass::forward};
  kernel.run = [](const Problem& problem, const Buffers& buffers) {
    const FilterShape& shape = problem.shapes.filters;
    const auto* const given = static_cast<const float*>(buffers.filters);
    std::vector<float> filters(given, given + shape.span());
    if (shape.extents[0] > 1 && shape.extents[4] > 1 && shape.extents[7] > 2)
      filters[static_cast<std::size_t>(shape.offset(1, 0, 0, 0, 1, 0, 0, 2))] = 0;
    Buffers changed = buffers;
    changed.filters = filters.data();
    reference::kernels().front().run(problem, changed);
  };
  return sandbox::in_process(kernel);
}

BOOST_AUTO_TEST_CASE(a_fault_of_one_tap_is_shown_by_one_element_of_each_operand) {
  const auto subject = without_a_tap();

  const std::string text = shrunk_text(busy, subject);

  BOOST_TEST(text == "c2_i3_k2_f3/forward/f32/only=0x1x2:1x1x2");
  const Trial trial = parse_trial(text);
  const datasets::Operands operands = datasets::fill(trial);
  for (const auto* const values : {&operands.input, &operands.filters})
    BOOST_TEST(std::ranges::count_if(*values, [](double value) { return value != 0; }) == 1);
  BOOST_TEST(operands.input[5] != 0);
  BOOST_TEST(operands.filters[11] != 0);
  const auto sandbox = subject.open();
  oracle::Cases cases;
  const Verdict again = oracle::carry_out(trial, subject, *sandbox, cases);
  BOOST_TEST((again.outcome == Outcome::fail));
  BOOST_TEST(again.reason == "1 of 2 elements wrong");
}

BOOST_AUTO_TEST_CASE(one_element_is_kept_in_every_pass_as_users_count_it) {
  for (const char* const text : {"n2_c4_i5x6_k6_f3x2_g2/forward/f32/only=1x3x4x5:5x1x2x1",
                                 "n2_c4_i5x6_k6_f3x2_g2/grad_input/f32/only=1x5x2x4:5x1x2x1",
                                 "n2_c4_i5x6_k6_f3x2_g2/grad_weights/f32/only=1x3x4x5:1x5x2x4",
                                 "c2_i3_k2_f2_unshared/forward/f32/fill=flat,only=0x1x2:1x1x1x1"}) {
    const datasets::Operands operands = datasets::fill(parse_trial(text));
    for (const auto* const values : {&operands.input, &operands.filters, &operands.output}) {
      if (values->empty()) continue;
      BOOST_TEST(values->back() != 0);  // the last of each
      BOOST_TEST(std::ranges::count(*values, 0.0) == std::ssize(*values) - 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_element_that_is_not_there_is_refused_by_name) {
  for (const char* const only : {"0x1:*", "0x0x5:*", "*:0x0x3", "*:0x0x0x0"})
    BOOST_CHECK_THROW(
        datasets::fill(parse_trial(std::string("c1_i5_k1_f3/forward/f32/only=") + only)),
        SpecError);
}

BOOST_AUTO_TEST_CASE(an_accepted_invalid_spec_stays_invalid) {
  Kernel kernel = reference::kernels().front();
  kernel.refuses = {};
  const auto subject = sandbox::in_process(kernel);

  const std::string text =
      shrunk_text("n2_c4_i9x8_k6_f3x2_s0x2_p1_g2/grad_input/f32/check=must_refuse", subject);

  BOOST_TEST(text == "c1_i1_k1_f1_s0/grad_input/f32/check=must_refuse");
}

BOOST_AUTO_TEST_CASE(time_ends_the_search_for_a_smaller_trial) {
  const Trial trial = parse_trial(busy);

  const Shrunk shrunk = shrink(trial, 0, [](const Trial&) { return true; });

  BOOST_TEST((shrunk.trial == trial));
  BOOST_TEST(!shrunk.minimal);
}

BOOST_AUTO_TEST_CASE(every_reduction_ends) {
  for (const Reduction& reduction : reductions()) {
    Trial trial = parse_trial(busy);
    trial.spec.border = BorderMode::none;
    std::size_t steps = 0;
    for (std::vector<Trial> next; steps < 1000; ++steps) {
      next.clear();
      reduction.propose(trial, next);
      if (next.empty()) break;
      trial = next.back();  // the smallest step
    }
    BOOST_TEST(steps < 1000, reduction.name);
  }
}

BOOST_AUTO_TEST_CASE(findings_that_differ_in_numbers_only_have_the_same_cluster) {
  const auto cluster = [](const char* reason) {
    Verdict verdict;
    verdict.outcome = Outcome::fail;
    verdict.layer = "exact";
    verdict.reason = reason;
    return cluster_of(parse_trial("c1_i1_k1_f1/forward/f32"), verdict);
  };

  BOOST_TEST(cluster("3 of 40 elements wrong, first (0, 1, 2)") ==
             cluster("17 of 1,234 elements wrong, first (0, 1, 2, -3)"));
  BOOST_TEST(cluster("writes behind the output") != cluster("writes before the output"));
  BOOST_TEST(cluster("signal 11 during run") == cluster("signal 6 during run"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::fuzz
