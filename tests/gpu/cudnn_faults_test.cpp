// SPDX-License-Identifier: Apache-2.0
// The calls of the cuDNN layer to its library, and how it handles every failure, with a fake
// library that returns given statuses.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <numeric>

#include "core/half.hpp"
#include "tests/gpu/cudnn_stack.hpp"

namespace convict::gpu::cudnn::test {
namespace {

BOOST_AUTO_TEST_SUITE(cudnn_faults_test)

struct alignas(64) Memory {
  std::array<std::byte, 4096> bytes{};
  Buffers buffers() {
    return {.input = bytes.data(),
            .filters = bytes.data() + 1024,
            .output = bytes.data() + 2048,
            .workspace = bytes.data() + 3072,
            .workspace_bytes = 1024,
            .stream = bytes.data()};
  }
};

/// Refusal, plan and run in the order of the judge. Returns "" or why the problem was refused.
std::string carried_out(Stack& stack, const Kernel& kernel, const Problem& problem) {
  static_cast<void>(stack);
  if (const auto why = refusal(kernel, problem)) return *why;
  Memory memory;
  Buffers buffers = memory.buffers();
  BOOST_TEST_REQUIRE(workspace_bytes(kernel, problem) <= buffers.workspace_bytes);
  const auto plan = kernel.plan(problem);
  buffers.plan = plan.get();
  kernel.run(problem, buffers);
  return "";
}

std::string carried_out_from_nothing() {
  Stack stack;
  return carried_out(stack, stack.kernel(), problem(simple));
}

BOOST_FIXTURE_TEST_CASE(a_plan_is_executed_on_the_callers_memory_and_stream, Fresh) {
  fake().proposed = {{.index = 7, .workspace = 100}};
  Stack stack;
  const Kernel kernel = stack.kernel();
  Memory memory;
  Buffers buffers = memory.buffers();
  const Problem one = problem(simple);

  const auto plan = kernel.plan(one);
  buffers.plan = plan.get();
  kernel.run(one, buffers);

  BOOST_TEST_REQUIRE(fake().executions.size() == 1);
  const Fake::Execution& done = fake().executions[0];
  BOOST_TEST(done.engine == 7);
  BOOST_TEST(done.pointers.at('x') == buffers.input);
  BOOST_TEST(done.pointers.at('w') == buffers.filters);
  BOOST_TEST(done.pointers.at('y') == buffers.output);
  BOOST_TEST(done.workspace == buffers.workspace);
  BOOST_TEST(done.stream == buffers.stream);
  BOOST_TEST(kernel.workspace_bytes(one) == 100);
}

using Integers = std::vector<std::int64_t>;

BOOST_FIXTURE_TEST_CASE(a_problem_is_described_by_axis_and_by_side, Fresh) {
  Problem one = problem("n2_c6_i7x9x8_k4_f2x3x1_s1x2x3_d2x1x3_p1:2x3:4x5:6_g2_flip",
                        Pass::grad_input, Precision::f64, Layout::nhwc);
  one.alpha = 0.3;
  one.beta = -2;
  const Graph graph = graph_of(fake_api(), one);

  auto& set = fake().integers;
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS] == Integers{3}));
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS] == Integers{1, 3, 5}));
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_POST_PADDINGS] == Integers{2, 4, 6}));
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES] == Integers{1, 2, 3}));
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_DILATIONS] == Integers{2, 1, 3}));
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_CONV_MODE] == CUDNN_CONVOLUTION);
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_COMP_TYPE] == CUDNN_DATA_DOUBLE);
  BOOST_TEST(fake().choices[CUDNN_ATTR_TENSOR_DATA_TYPE] == CUDNN_DATA_DOUBLE);
  BOOST_TEST(fake().factors[CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA] == 0.3);
  BOOST_TEST(fake().factors[CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA] == -2);
  // o = (7 + 3 - 3) / 1 + 1, (9 + 7 - 3) / 2 + 1, (8 + 11 - 1) / 3 + 1
  auto& tensors = fake().tensors;
  BOOST_TEST((tensors['x'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{2, 6, 7, 9, 8}));
  BOOST_TEST((tensors['x'][CUDNN_ATTR_TENSOR_STRIDES] == Integers{3024, 1, 432, 48, 6}));
  BOOST_TEST((tensors['w'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{4, 3, 2, 3, 1}));
  BOOST_TEST((tensors['w'][CUDNN_ATTR_TENSOR_STRIDES] == Integers{18, 1, 9, 3, 3}));
  BOOST_TEST((tensors['y'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{2, 4, 8, 7, 7}));
  BOOST_TEST((tensors['y'][CUDNN_ATTR_TENSOR_STRIDES] == Integers{1568, 1, 196, 28, 4}));
}

BOOST_FIXTURE_TEST_CASE(one_axis_gets_a_second_one_in_front, Fresh) {
  const Graph graph =
      graph_of(fake_api(), problem("n2_c3_i9_k4_f2_s3_d5_phalf", Pass::forward, Precision::bf16));

  auto& set = fake().integers;
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS] == Integers{2}));
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS] == Integers{0, 3}));  // K = 6
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES] == Integers{1, 3}));
  BOOST_TEST((set[CUDNN_ATTR_CONVOLUTION_DILATIONS] == Integers{1, 5}));
  BOOST_TEST((fake().tensors['x'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{2, 3, 1, 9}));
  BOOST_TEST((fake().tensors['w'][CUDNN_ATTR_TENSOR_DIMENSIONS] == Integers{4, 3, 1, 2}));
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_CONV_MODE] == CUDNN_CROSS_CORRELATION);
  BOOST_TEST(fake().choices[CUDNN_ATTR_CONVOLUTION_COMP_TYPE] == CUDNN_DATA_FLOAT);
  BOOST_TEST(fake().choices[CUDNN_ATTR_TENSOR_DATA_TYPE] == CUDNN_DATA_BFLOAT16);
}

BOOST_FIXTURE_TEST_CASE(running_creates_only_the_list_of_pointers, Fresh) {
  Stack stack;
  const Kernel kernel = stack.kernel();
  Memory memory;
  Buffers buffers = memory.buffers();
  const Problem one = problem(simple);
  const auto plan = kernel.plan(one);
  buffers.plan = plan.get();
  const auto before = fake().live;
  const int calls = fake().calls;

  kernel.run(one, buffers);

  BOOST_TEST((fake().live == before));
  // The list: create, ids, pointers, workspace, finalize; then the stream, and execute.
  BOOST_TEST(fake().calls - calls == 7);
}

/// A failing call either makes the kernel refuse, or throws an error that depends on the status, or
/// excludes one engine of several. There is a message in each case, and nothing leaks.
BOOST_FIXTURE_TEST_CASE(every_call_may_fail_with_every_kind_of_status, Fresh) {
  BOOST_TEST(carried_out_from_nothing() == "");
  const int calls = fake().calls;
  BOOST_TEST(calls > 50);
  for (const int status : {1001, 1008, 2000, 2003, 3000, 3002, 4000, 4001, 4003, 4004, 5000, 5003})
    for (int at = 1; at <= calls; ++at) {
      fake().reset();
      fake().fail_at = at;
      fake().status = static_cast<cudnnStatus_t>(status);
      std::string said;
      enum { refused, kernel, environment } kind = refused;
      try {
        said = carried_out_from_nothing();
      } catch (const KernelError& error) {
        kind = kernel;
        said = error.what();
      } catch (const EnvironmentError& error) {
        kind = environment;
        said = error.what();
      }
      const std::string where =
          "call " + std::to_string(at) + " " + fake().failed_call + ": " + said;
      const bool of_environment = status < 2000 || status == 4003 || status == 4004;
      BOOST_TEST_REQUIRE(contains(said, fake().failed_call), where);
      BOOST_TEST_REQUIRE(contains(said, "STATUS_" + std::to_string(status)), where);
      BOOST_TEST_REQUIRE(contains(said, "the last error"), where);
      BOOST_TEST_REQUIRE((kind == environment) == of_environment, where);
      BOOST_TEST_REQUIRE(fake().live.empty(), where);
    }
}

BOOST_FIXTURE_TEST_CASE(empty_tensors_leave_beta_times_the_old_result_without_a_call, Fresh) {
  Stack stack;
  const Kernel kernel = stack.kernel();
  const int calls = fake().calls;
  for (const double beta : {0.0, 1.0, -0.5}) {
    Problem one = problem("n2_c0_i3x4_k2_f2x3", Pass::forward, Precision::f64);
    one.beta = beta;
    std::vector<double> result(static_cast<std::size_t>(one.shapes.output.elements()));
    std::iota(result.begin(), result.end(), 1.0);

    BOOST_TEST(!refusal(kernel, one));
    BOOST_TEST(workspace_bytes(kernel, one) == 0U);
    BOOST_TEST(kernel.plan(one) == nullptr);
    kernel.run(one, {.output = result.data()});

    for (std::size_t i = 0; i < result.size(); ++i)
      BOOST_TEST(result[i] == beta * static_cast<double>(i + 1));
  }
  BOOST_TEST(fake().calls == calls);
}

BOOST_FIXTURE_TEST_CASE(the_gaps_of_a_result_of_empty_operands_are_not_written, Fresh) {
  Stack stack;
  Problem one = problem("n0_c1_i3x4_k2_f2x3", Pass::grad_weights, Precision::f16, Layout::nhwc);
  one.beta = 2;
  BOOST_TEST(one.shapes.filters.elements() == 12);
  one.shapes.filters.strides[0] = 7;  // one element between the filters
  std::vector<f16> result(13, f16(3.0));

  stack.kernel({}, true).run(one, {.filters = result.data()});

  for (std::size_t i = 0; i < result.size(); ++i)
    BOOST_TEST(static_cast<double>(result[i]) == (i == 6 ? 3.0 : 6.0));
}

BOOST_FIXTURE_TEST_CASE(a_nan_is_gone_with_beta_zero_and_stays_otherwise, Fresh) {
  Stack stack;
  Problem one = problem("n1_c0_i2x2_k1_f2x2", Pass::forward, Precision::f32);
  float result = std::numeric_limits<float>::quiet_NaN();
  one.beta = 3;
  stack.kernel().run(one, {.output = &result});
  BOOST_TEST(result != result);
  one.beta = 0;
  stack.kernel().run(one, {.output = &result});
  BOOST_TEST(result == 0.0F);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_run_says_why, Fresh) {
  fake().proposed = {{.index = 1, .workspace = 100}};
  Stack stack;
  const Kernel kernel = stack.kernel();
  const Problem one = problem(simple);
  const auto plan = kernel.plan(one);
  Memory memory;
  const auto words = [&](auto&& change) {
    Buffers buffers = memory.buffers();
    buffers.plan = plan.get();
    change(buffers);
    try {
      kernel.run(one, buffers);
    } catch (const KernelError& error) {
      return std::string(error.what());
    }
    return std::string();
  };

  BOOST_TEST(contains(words([&](Buffers& b) { b.input = memory.bytes.data() + 8; }), "input at"));
  BOOST_TEST(contains(words([&](Buffers& b) { b.filters = memory.bytes.data() + 4; }),
                      "aligned to 16 bytes"));
  BOOST_TEST(contains(words([&](Buffers& b) { b.output = memory.bytes.data() + 1; }), "output at"));
  BOOST_TEST(contains(words([](Buffers& b) { b.workspace_bytes = 99; }),
                      "has 99 bytes; the plan needs 100"));
  BOOST_TEST(contains(words([](Buffers& b) { b.plan = nullptr; }), "no plan"));
  BOOST_TEST(fake().executions.empty());
}

BOOST_FIXTURE_TEST_CASE(another_major_version_is_a_reason_an_older_minor_a_warning, Fresh) {
  const Api api = fake_api();

  BOOST_TEST(!why_wrong_version(api));
  BOOST_TEST(!version_warning(api));
  fake().version = 90800;
  BOOST_TEST(!why_wrong_version(api));
  BOOST_TEST(contains(version_warning(api).value_or(""), "cuDNN 9.8.0 is older than"));
  fake().version = 100000;
  BOOST_TEST(contains(why_wrong_version(api).value_or(""), "is 10.0.0; it must be of the major"));
  BOOST_TEST(!version_warning(api));
  fake().version = 8907;
  BOOST_TEST(why_wrong_version(api).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::gpu::cudnn::test
