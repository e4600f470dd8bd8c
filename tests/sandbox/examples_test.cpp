// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "reference/kernels.hpp"
#include "sandbox/wire/plugin_problem.hpp"
#include "tests/sandbox/plugin_path.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(examples_test)

namespace {

using sandbox::CallEnd;
using sandbox::Sandbox;
using sandbox::Subject;

Subject example(const std::string& name) { return sandbox::load_plugin(plugin_path(name)).front(); }

boost::test_tools::assertion_result built_with_nvcc(boost::unit_test::test_unit_id) {
  return std::filesystem::exists(plugin_path("direct_cu"));
}

std::unique_ptr<Sandbox> reference_sandbox() {
  return sandbox::in_process(reference::kernels().front()).open();
}

/// The whole arena after a call: results, operands and the gaps between elements.
std::vector<double> arena_after(Sandbox& sandbox, const KernelCall& call) {
  BOOST_TEST(!sandbox.admit(call.problem).refusal);
  call.fill(sandbox);
  const CallEnd end = call.run(sandbox);
  BOOST_TEST(end.how == "");
  return call.values(sandbox);
}

constexpr std::array specs = {
    "c1_i1_k1_f1",
    "n2_c3_i7_k4_f3_p1",
    "n2_c2_i8x6_k3_f3x2",
    "c2_i9x9_k2_f3x3_s2x3",
    "c2_i9x10_k2_f3x2_d2x3_p2",
    "c2_i5x6_k3_f3x3_p0:2x1:0",
    "n2_c4_i6x6_k6_f3x3_p1_g2",
    "n2_c4_i5x5_k4_f3x3_phalf_g4",
    "c2_i5x6_k2_f4x3_pfull_flip",
    "c2_i4x5_k3_f2x3_p1_unshared",
    "n2_c6_i12x9_k9_f5x6_s1x2_d2x1_p1:0x2:1_g3_flip_unshared",
    "c2_i3x4x5_k2_f2x2x3_s1x2x1_p1_flip",
};

/// Visits every spec in two layouts and with and without a scaled old result.
template <class Visit>
void for_each_call(Pass pass, Precision precision, Visit visit) {
  for (const char* spec : specs) {
    for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
      for (const double beta : {0.0, -3.0}) {
        KernelCall call(spec, pass, precision, layout, layout == Layout::nhwc ? 3 : 0);
        call.problem.alpha = 2;
        call.problem.beta = beta;
        BOOST_TEST_CONTEXT(spec << " " << name_of(pass) << " " << to_string(layout) << " beta "
                                << beta)
        visit(call);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_short_example_agrees_with_the_reference) {
  const Subject subject = example("direct");
  const auto sandbox = subject.open();
  const auto reference = reference_sandbox();

  BOOST_TEST(subject.kernel.name == "direct.forward");
  for_each_call(Pass::forward, Precision::f32, [&](const KernelCall& call) {
    BOOST_TEST((arena_after(*sandbox, call) == arena_after(*reference, call)));
  });
}

BOOST_AUTO_TEST_CASE(the_long_example_agrees_with_the_reference_in_every_pass) {
  const Subject subject = example("direct_all");
  const auto sandbox = subject.open();
  const auto reference = reference_sandbox();

  BOOST_TEST(subject.kernel.name == "direct_all.loops");
  for (const Pass pass : all_passes)
    for_each_call(pass, Precision::f64, [&](const KernelCall& call) {
      BOOST_TEST((arena_after(*sandbox, call) == arena_after(*reference, call)));
    });
}

BOOST_AUTO_TEST_CASE(the_example_in_cpp_agrees_with_the_reference) {
  const Subject subject = example("direct_cpp");
  const auto sandbox = subject.open();
  const auto reference = reference_sandbox();

  BOOST_TEST(subject.kernel.name == "direct_cpp.forward");
  for_each_call(Pass::forward, Precision::f32, [&](const KernelCall& call) {
    BOOST_TEST((arena_after(*sandbox, call) == arena_after(*reference, call)));
  });
}

BOOST_AUTO_TEST_CASE(the_example_in_cuda_agrees_with_the_reference_or_says_why_not,
                     *boost::unit_test::precondition(built_with_nvcc)) {
  const auto sandbox = example("direct_cu").open();
  const auto reference = reference_sandbox();
  const auto refusal = sandbox->admit(KernelCall("c1_i1_k1_f1").problem).refusal;

  if (refusal)
    BOOST_TEST(refusal->starts_with("no CUDA device"), *refusal);
  else
    for_each_call(Pass::forward, Precision::f32, [&](const KernelCall& call) {
      BOOST_TEST((arena_after(*sandbox, call) == arena_after(*reference, call)));
    });
}

BOOST_AUTO_TEST_CASE(the_planted_fault_shows_where_a_dilated_filter_meets_the_last_column_only) {
  const auto sandbox = example("faulty").open();
  const auto reference = reference_sandbox();
  const KernelCall inside("c2_i5x6_k3_f3x3_p0x1");
  const KernelCall border("c2_i5x6_k3_f3x2_d1x2");

  BOOST_TEST((arena_after(*sandbox, inside) == arena_after(*reference, inside)));
  BOOST_TEST((arena_after(*sandbox, border) != arena_after(*reference, border)));
}

BOOST_AUTO_TEST_CASE(the_examples_refuse_invalid_specs) {
  for (const char* name : {"direct", "direct_all", "direct_cpp", "faulty"}) {
    const auto subject = example(name);
    const auto sandbox = subject.open();
    Problem problem;
    problem.precision = subject.kernel.precisions.front();
    for (const char* spec : {"c3_i4_k2_f1_g2", "c1_i4x4_k1_f5x1", "c1_i4_k1_f1_s0",
                             "c1_i4_k1_f9223372036854775807_d9223372036854775807_pfull"}) {
      problem.spec = parse_spec(spec);

      BOOST_TEST(sandbox->admit(problem).refusal.value_or("taken") == "not a convolution", spec);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_plug_in_gets_lower_ranks_lifted_to_three_axes) {
  const KernelCall call("n2_c4_i9_k6_f3_s2_d3_p1:2_g2_flip");

  const convict_problem seen = sandbox::plugin_problem(call.problem);

  BOOST_TEST(seen.size == sizeof(convict_problem));
  BOOST_TEST(seen.rank == 1);
  BOOST_TEST(std::vector<std::int64_t>(seen.input, seen.input + 3) ==
             std::vector<std::int64_t>({1, 1, 9}));
  BOOST_TEST(std::vector<std::int64_t>(seen.stride, seen.stride + 3) ==
             std::vector<std::int64_t>({1, 1, 2}));
  BOOST_TEST(std::vector<std::int64_t>(seen.pad_after, seen.pad_after + 3) ==
             std::vector<std::int64_t>({0, 0, 2}));
  // ((9 + 1 + 2) - 7) / 2 + 1
  BOOST_TEST(std::vector<std::int64_t>(seen.output, seen.output + 3) ==
             std::vector<std::int64_t>({1, 1, 3}));
  BOOST_TEST(std::vector<std::int64_t>(seen.input_strides, seen.input_strides + 5) ==
             std::vector<std::int64_t>({36, 9, 9, 9, 1}));
  BOOST_TEST(std::vector<std::int64_t>(seen.filter_strides, seen.filter_strides + 8) ==
             std::vector<std::int64_t>({6, 0, 0, 0, 3, 3, 3, 1}));
  BOOST_TEST(seen.flip == 1);
  BOOST_TEST(seen.groups == 2);
}

BOOST_AUTO_TEST_CASE(of_an_invalid_spec_a_plug_in_gets_only_what_was_written) {
  Problem problem;
  problem.spec = parse_spec("c1_i4_k1_f9223372036854775807_d9223372036854775807_pfull");
  Problem rankless;
  rankless.spec.rank = 7;
  rankless.spec.input = {-1, 2, 3};

  const convict_problem overflowing = sandbox::plugin_problem(problem);
  const convict_problem raw = sandbox::plugin_problem(rankless);

  BOOST_TEST(overflowing.filter[2] == 9223372036854775807);
  BOOST_TEST(overflowing.pad_before[2] == 0);
  BOOST_TEST(overflowing.output[0] == 0);
  BOOST_TEST(overflowing.input_strides[4] == 0);
  BOOST_TEST(raw.rank == 7);
  BOOST_TEST(raw.input[0] == -1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
