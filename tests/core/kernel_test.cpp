// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "core/device.hpp"
#include "core/spec_text.hpp"
#include "run/observer.hpp"

BOOST_AUTO_TEST_SUITE(kernel_test)

using namespace convict;

namespace {

Problem problem_of(std::string_view text, Layout layout = Layout::nchw, index_t pitch = 0) {
  const ConvSpec spec = parse_valid_spec(text);
  return {.spec = spec, .shapes = shapes_of(spec, layout, pitch)};
}

std::string why(const Kernel& kernel, const Problem& problem) {
  return refusal(kernel, problem).value_or("taken");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_kernel_takes_what_it_lists_and_refuses_the_rest_by_name) {
  const Kernel kernel{
      .name = "test.kernel", .passes = {Pass::forward}, .precisions = {Precision::f32}};
  Problem problem = problem_of("c1_i8_k1_f3");

  BOOST_TEST(why(kernel, problem) == "taken");
  problem.precision = Precision::bf16;
  BOOST_TEST(why(kernel, problem) == "does not take bf16");
  problem.pass = Pass::grad_weights;
  BOOST_TEST(why(kernel, problem) == "does not compute grad_weights");
}

BOOST_AUTO_TEST_CASE(a_kernel_without_strides_takes_dense_nchw_only) {
  const Kernel dense{.name = "test.dense"};
  const Kernel strided{.name = "test.strided", .any_strides = true};

  for (const auto& problem : {problem_of("c2_i8x8_k1_f3x3", Layout::nhwc),
                              problem_of("c2_i8x8_k1_f3x3", Layout::nchw, 1)}) {
    BOOST_TEST(why(dense, problem) == "takes dense NCHW tensors only");
    BOOST_TEST(why(strided, problem) == "taken");
  }
}

BOOST_AUTO_TEST_CASE(a_kernel_with_a_list_of_layouts_takes_these_dense) {
  const Kernel kernel{.name = "test.list",
                      .layouts = {Layout::nhwc, parse_layout("nchw:rsck:nchw")}};
  const auto taken = [&](const char* layout, index_t pitch = 0) {
    return why(kernel, problem_of("c2_i8x8_k1_f3x3", parse_layout(layout), pitch));
  };

  BOOST_TEST(taken("nhwc") == "taken");
  BOOST_TEST(taken("nchw:rsck:nchw") == "taken");
  BOOST_TEST(taken("nchw") == "takes dense tensors in nhwc, nchw:rsck:nchw only");
  BOOST_TEST(taken("nhwc", 1) == "takes dense tensors in nhwc, nchw:rsck:nchw only");
}

BOOST_AUTO_TEST_CASE(strides_below_1_need_a_claim_and_are_not_asked_about_without_it) {
  Kernel kernel{.name = "test.strided", .any_strides = true, .refuses = [](const Problem&) {
                  return std::optional("asked");
                }};
  const auto with = [](const char* steps) {
    const ConvSpec spec = parse_valid_spec("n2_c2_i8x8_k2_f3x3");
    return Problem{.spec = spec, .shapes = shapes_of(spec, Layout::nchw, 0, parse_steps(steps))};
  };

  BOOST_TEST(why(kernel, with("c+2:c*2:n*3")) == "asked");
  BOOST_TEST(why(kernel, with("n*0:-:-")) == "takes no repeated operands (strides of 0)");
  BOOST_TEST(why(kernel, with("-:r*-1:-")) == "takes no negative strides");
  BOOST_TEST(why(kernel, with("d*0:t*-1:-")) == "asked");  // axes of extent 1
  kernel.zero_strides = kernel.negative_strides = true;
  BOOST_TEST(why(kernel, with("n*0:r*-1:-")) == "asked");
  kernel.claims.required_alignment = 4;
  BOOST_TEST(why(kernel, with("h*-1:-:-")) == "asked");  // 7 rows of 8 elements before the first
  BOOST_TEST(why(kernel, with("w*-1:-:-")) == "needs buffers aligned to 4 elements");
}

BOOST_AUTO_TEST_CASE(the_kernels_own_reason_comes_before_the_layout) {
  const Kernel kernel{.name = "test.kernel",
                      .refuses = [](const Problem&) { return std::optional("not on Sundays"); }};

  BOOST_TEST(why(kernel, problem_of("c2_i8x8_k1_f3x3", Layout::nhwc)) == "not on Sundays");
}

BOOST_AUTO_TEST_CASE(an_invalid_spec_is_refused_in_the_words_of_why_invalid) {
  const Kernel kernel{.name = "test.kernel", .refuses = refuse_invalid};
  const Problem problem{.spec = parse_spec("c1_i8_k1_f3_s0")};

  BOOST_TEST(why(kernel, problem) == "stride of axis 0 is 0; it must be at least 1");
}

BOOST_AUTO_TEST_CASE(a_kernel_without_a_workspace_function_needs_none) {
  const Kernel none{.name = "test.none"};
  const Kernel some{.name = "test.some",
                    .workspace_bytes = [](const Problem&) { return std::size_t{48}; }};

  BOOST_TEST(workspace_bytes(none, problem_of("c1_i8_k1_f3")) == 0U);
  BOOST_TEST(workspace_bytes(some, problem_of("c1_i8_k1_f3")) == 48U);
}

BOOST_AUTO_TEST_CASE(the_host_device_copies_and_aligns) {
  Device& host = host_device();
  const std::byte sent[3] = {std::byte{1}, std::byte{2}, std::byte{3}};
  std::byte received[3] = {};

  std::byte* const memory = host.allocate(3);
  host.upload(memory, sent, 3);
  host.download(received, memory, 3);

  BOOST_TEST(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0U);
  BOOST_TEST((std::equal(sent, sent + 3, received)));
  host.release(memory);
}

BOOST_AUTO_TEST_CASE(a_tally_counts_findings_apart_from_the_rest) {
  run::Tally tally;
  for (const Outcome outcome : all_outcomes) ++tally[outcome];

  BOOST_TEST(tally.total() == all_outcomes.size());
  BOOST_TEST(tally.findings() == 3U);
  for (const Outcome outcome : all_outcomes)
    BOOST_TEST(is_finding(outcome) == (outcome == Outcome::fail || outcome == Outcome::crashed ||
                                       outcome == Outcome::hung));
}

BOOST_AUTO_TEST_CASE(every_observer_gets_every_event_in_order) {
  struct Recorder final : run::Observer {
    explicit Recorder(std::vector<std::string>& heard) : log(heard) {}
    void begin(const run::RunInfo& info) override { log.push_back("begin " + info.command); }
    void trial(const TrialResult& result) override { log.push_back("trial " + result.kernel); }
    void end(const run::RunEnd&) override { log.push_back("end"); }
    std::vector<std::string>& log;
  };
  std::vector<std::string> first;
  std::vector<std::string> second;
  run::Observers observers;
  observers.add(std::make_unique<Recorder>(first));
  observers.add(std::make_unique<Recorder>(second));

  observers.begin({.command = "conform"});
  observers.trial({.kernel = "a"});
  observers.end({});

  const std::vector<std::string> expected = {"begin conform", "trial a", "end"};
  BOOST_TEST(first == expected, boost::test_tools::per_element());
  BOOST_TEST(second == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
