// SPDX-License-Identifier: Apache-2.0
// Plug-ins made with core/plugin.hpp.
#include <boost/test/unit_test.hpp>

#include "tests/sandbox/plugin_path.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(helped_test)

namespace {

using sandbox::CallEnd;

sandbox::Subject helped(const std::string& kernel) {
  for (sandbox::Subject& subject : sandbox::load_plugin(plugin_path("helped")))
    if (subject.kernel.name == "helped." + kernel) return std::move(subject);
  throw std::runtime_error("helped has no " + kernel);
}

/// The first output element after a call.
float first_output(const std::string& kernel, const KernelCall& call) {
  const auto sandbox = helped(kernel).open();
  call.fill(*sandbox);
  BOOST_TEST(call.run(*sandbox).how == "");
  return call.first_output(*sandbox);
}

std::string failure(const std::string& kernel, const KernelCall& call) {
  const auto sandbox = helped(kernel).open();
  call.fill(*sandbox);
  const CallEnd end = call.run(*sandbox);
  BOOST_TEST((end.kind == CallEnd::Kind::failed));
  return end.how;
}

}  // namespace

BOOST_AUTO_TEST_CASE(kernels_made_by_one_function_have_their_own_captures) {
  BOOST_TEST(first_output("one", KernelCall(tiny)) == 1 + 3);
  BOOST_TEST(first_output("eleven", KernelCall(tiny)) == 2 + 6);
}

BOOST_AUTO_TEST_CASE(views_reach_the_last_element_of_every_layout) {
  for (const Layout layout : {Layout::nchw, Layout::nhwc}) {
    const KernelCall call("n2_c4_i5x6_k6_f2x3_g2_unshared", Pass::forward, Precision::f32, layout,
                          2);
    const auto sandbox = helped("reaches").open();
    call.fill(*sandbox);
    BOOST_TEST(call.run(*sandbox).how == "");
    const std::vector<double> values = call.values(*sandbox);
    const auto last = [&](std::size_t bytes, index_t span) {
      return values[bytes / sizeof(float) + static_cast<std::size_t>(span) - 1];
    };

    const double x = last(call.placement.input, call.problem.shapes.input.span());
    const double w = last(call.placement.filters, call.problem.shapes.filters.span());
    const double y = last(call.placement.output, call.problem.shapes.output.span());

    BOOST_TEST(y == x + 100 * w, to_string(layout));
  }
}

BOOST_AUTO_TEST_CASE(an_exception_is_a_failure_with_its_message) {
  BOOST_TEST(failure("throws", KernelCall(tiny)) == "status 1: no tile for rank 1");
  BOOST_TEST(failure("throws_an_int", KernelCall(tiny)) ==
             "status 1: threw something that is not a std::exception");
}

BOOST_AUTO_TEST_CASE(a_refusal_in_run_or_plan_is_no_failure) {
  const auto end_of = [](const std::string& kernel, const KernelCall& call) {
    const auto sandbox = helped(kernel).open();
    call.fill(*sandbox);
    return call.run(*sandbox);
  };

  const sandbox::CallEnd in_run = end_of("refuses_late", KernelCall(tiny));
  const sandbox::CallEnd in_plan = end_of("plans", KernelCall("n4_c1_i4_k1_f2"));

  BOOST_TEST((in_run.kind == sandbox::CallEnd::Kind::refused));
  BOOST_TEST(in_run.how == "no tile for it");
  BOOST_TEST((in_plan.kind == sandbox::CallEnd::Kind::refused));
  BOOST_TEST(in_plan.how == "four is too many");
}

BOOST_AUTO_TEST_CASE(a_view_of_another_type_is_a_failure_not_a_wrong_result) {
  BOOST_TEST(failure("mistakes_the_type", KernelCall(tiny)) ==
             "status 1: a view of elements of 8 bytes on a tensor whose elements have 4");
}

BOOST_AUTO_TEST_CASE(refusals_and_claims_reach_the_subject) {
  const auto subject = helped("refuses_with_words");
  const auto sandbox = subject.open();
  const auto refusal = [&](const KernelCall& call) {
    return sandbox->admit(call.problem).refusal.value_or("taken");
  };
  Problem no_convolution;
  no_convolution.spec = parse_spec("c1_i4_k1_f1_s0");

  BOOST_TEST(subject.kernel.claims.required_alignment == 4);
  BOOST_TEST(!subject.kernel.any_strides);
  BOOST_TEST((subject.kernel.layouts == std::vector{Layout::nchw, Layout::nhwc}));
  BOOST_TEST(refusal(KernelCall(tiny)) == "taken");
  BOOST_TEST(refusal(KernelCall("c2_i4_k2_f1_g2")) == "has 2 groups");
  BOOST_TEST(sandbox->admit(no_convolution).refusal.value_or("taken") == "not a convolution");
}

BOOST_AUTO_TEST_CASE(a_plan_is_made_for_its_problem_and_a_failed_plan_fails_the_run) {
  const auto sandbox = helped("plans").open();

  BOOST_TEST(sandbox->admit(KernelCall(tiny).problem).workspace_bytes == 16);
  BOOST_TEST(first_output("plans", KernelCall(tiny)) == 10);
  BOOST_TEST(first_output("plans", KernelCall("n2_c1_i4_k1_f2")) == 20);
  BOOST_TEST(failure("plans", KernelCall("n3_c1_i4_k1_f2")) ==
             "status 1: planning: three is a crowd");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
