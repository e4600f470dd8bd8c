// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/suite.hpp"
#include "reference/kernels.hpp"
#include "run/run_suite.hpp"
#include "run/watched_kernel.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::run {
namespace {

BOOST_AUTO_TEST_SUITE(watched_run_test)

struct Recorder final : Observer {
  void trial(const TrialResult& result) override { results.push_back(result); }
  std::vector<TrialResult> results;
};

/// The definition, changed by `change`.
sandbox::Subject subject_of(const std::function<void(Kernel&)>& change) {
  Kernel kernel = reference::kernels().front();
  kernel.name = "test.kernel";
  change(kernel);
  return sandbox::in_process(kernel);
}

std::vector<TrialResult> results_of(const sandbox::Subject& subject,
                                    const std::vector<std::string>& texts) {
  std::vector<Trial> trials;
  for (const std::string& text : texts) trials.push_back(parse_trial(text));
  Recorder recorder;
  const RunEnd end = run_suite(trials, std::span(&subject, 1), recorder, {});
  Tally tally;
  for (const TrialResult& result : recorder.results) tally.add(result);
  BOOST_TEST(tally.calls == end.tally.calls);
  BOOST_TEST(tally.ran == end.tally.ran);
  BOOST_TEST(tally.uncalled == end.tally.uncalled);
  return recorder.results;
}

const std::vector<std::string> every_kind = {
    "c2_i5_k3_f2/forward/f32", "c2_i2_k3_f5/forward/f32/check=must_refuse",
    "c2_i5_k3_f2/forward/f32/check=power", "c2_i5_k3_f2/forward/f32/check=repeat"};

BOOST_AUTO_TEST_CASE(each_result_tells_how_often_the_kernel_was_called) {
  const auto results = results_of(subject_of([](Kernel&) {}), every_kind);

  BOOST_REQUIRE(results.size() == 4U);
  for (const TrialResult& result : results)
    BOOST_TEST((result.verdict.outcome == Outcome::pass), result.verdict.reason);
  BOOST_TEST(*results[0].calls == 2U);
  BOOST_TEST(*results[1].calls == 0U);
  BOOST_TEST(*results[2].calls == 0U);
  BOOST_TEST(*results[3].calls == 3U);
  BOOST_TEST(was_run(results[0]));
  BOOST_TEST(!was_run(results[1]));
}

BOOST_AUTO_TEST_CASE(a_kernel_that_refuses_everything_has_run_nothing) {
  const auto results = results_of(
      subject_of([](Kernel& kernel) { kernel.refuses = [](const Problem&) { return "no"; }; }),
      every_kind);

  Tally tally;
  for (const TrialResult& result : results) tally.add(result);
  BOOST_TEST(tally[Outcome::pass] == 0U);
  BOOST_TEST(tally.uncalled == 2U);
  BOOST_TEST(tally[Outcome::unsupported] == 2U);
  BOOST_TEST(tally.ran == 0U);
  BOOST_TEST(tally.calls == 0U);
  BOOST_TEST(tally.total() == 4U);
}

BOOST_AUTO_TEST_CASE(a_refusal_in_run_is_a_refusal_whatever_it_left_behind) {
  const auto results =
      results_of(subject_of([](Kernel& kernel) {
                   kernel.run = [](const Problem& problem, const Buffers& buffers) {
                     const auto bytes = static_cast<std::size_t>(problem.shapes.output.span() * 4);
                     std::memset(buffers.output, 0x55, bytes);
                     throw LateRefusal("no plan");
                   };
                 }),
                 {every_kind[0], every_kind[3]});

  for (const TrialResult& result : results) {
    BOOST_TEST((result.verdict.outcome == Outcome::unsupported));
    BOOST_TEST(result.verdict.reason.starts_with("refused in run: no plan"));
    BOOST_TEST(*result.calls == 0U);
    BOOST_TEST(!was_run(result));
  }
}

/// Computes nothing; hangs where the stride is above 2.
class HangsSomewhere final : public sandbox::Sandbox {
 public:
  explicit HangsSomewhere(std::vector<double>& limits) : limits_(limits) {}
  sandbox::Admission admit(const Problem&) override { return {}; }
  std::span<std::byte> arena(std::size_t bytes) override {
    memory_.resize(bytes);
    return memory_;
  }
  sandbox::CallEnd run(const Problem& problem, const sandbox::Placement&) override {
    if (*std::ranges::max_element(problem.spec.stride) > 2)
      return {sandbox::CallEnd::Kind::hung, "no answer"};
    return {sandbox::CallEnd::Kind::failed, "computes nothing"};
  }
  void limit_run(double seconds) override { limits_.push_back(seconds); }
  std::optional<double> time_limit() const override { return 7; }

 private:
  std::vector<std::byte> memory_;
  std::vector<double>& limits_;
};

BOOST_AUTO_TEST_CASE(a_kernel_that_hangs_in_a_region_is_tried_in_the_rest) {
  std::vector<Trial> trials;
  for (const Trial& trial : datasets::suite_named("core"))
    if (trial.recipe.check == "judge" && trial.pass == Pass::forward && trials.size() < 2000)
      trials.push_back(trial);
  std::vector<double> limits;
  const sandbox::Subject subject{subject_of([](Kernel&) {}).kernel,
                                 [&limits] { return std::make_unique<HangsSomewhere>(limits); }};
  Recorder recorder;

  const RunEnd end = run_suite(trials, std::span(&subject, 1), recorder, {});

  BOOST_TEST(end.tally[Outcome::hung] < 25U);
  BOOST_TEST(end.tally[Outcome::fail] > 1000U);
  BOOST_TEST(end.tally[Outcome::not_tried] > 100U);
  BOOST_TEST(end.reason.empty());
  for (const TrialResult& result : recorder.results)
    if (result.verdict.outcome == Outcome::not_tried) {
      BOOST_TEST(*result.calls == 0U);
      BOOST_TEST(result.verdict.reason.starts_with("hung nearby: "));
    }
  BOOST_TEST(std::ranges::all_of(limits, [](double seconds) { return seconds == 7; }));
}

/// Answers, and notes how long it may take.
class Quick final : public sandbox::Sandbox {
 public:
  explicit Quick(std::vector<double>& limits) : limits_(limits) {}
  sandbox::Admission admit(const Problem&) override { return {}; }
  std::span<std::byte> arena(std::size_t) override { return {}; }
  sandbox::CallEnd run(const Problem&, const sandbox::Placement&) override { return {}; }
  void limit_run(double seconds) override { limits_.push_back(seconds); }
  std::optional<double> time_limit() const override { return 7; }

 private:
  std::vector<double>& limits_;
};

BOOST_AUTO_TEST_CASE(the_time_limit_becomes_that_of_the_kernel_itself) {
  std::vector<double> limits;
  WatchedKernel kernel;
  WatchedSandbox sandbox(std::make_unique<Quick>(limits), kernel);
  const Problem problem = problem_of(parse_trial("c2_i5_k3_f2/forward/f32"));

  for (std::size_t i = 0; i <= UsualTime::least_calls; ++i) sandbox.run(problem, {});

  BOOST_TEST(limits.front() == 7.0);
  BOOST_TEST(limits[UsualTime::least_calls - 1] == 7.0);
  BOOST_TEST(limits[UsualTime::least_calls] == UsualTime::floor_s);
  BOOST_TEST(sandbox.calls() == UsualTime::least_calls + 1);
}

/// Notes what it is told.
class Listening final : public sandbox::Sandbox {
 public:
  explicit Listening(std::vector<std::string>& told) : told_(told) {}
  sandbox::Admission admit(const Problem&) override { return {}; }
  std::span<std::byte> arena(std::size_t) override { return {}; }
  sandbox::CallEnd run(const Problem&, const sandbox::Placement&) override { return {}; }
  void renew() override { told_.emplace_back("renew"); }
  void disturb(std::uint32_t seed) override { told_.push_back("disturb " + std::to_string(seed)); }
  std::string diagnose() override { return "a race"; }

 private:
  std::vector<std::string>& told_;
};

BOOST_AUTO_TEST_CASE(what_checks_ask_of_a_sandbox_reaches_the_kernels_own) {
  std::vector<std::string> told;
  WatchedKernel kernel;
  WatchedSandbox sandbox(std::make_unique<Listening>(told), kernel);

  sandbox.disturb(3);
  sandbox.renew();

  BOOST_TEST(told == (std::vector<std::string>{"disturb 3", "renew"}),
             boost::test_tools::per_element());
  BOOST_TEST(sandbox.diagnose() == "a race");
}

BOOST_AUTO_TEST_CASE(a_call_may_take_longer_where_its_workspace_is_larger) {
  std::vector<double> limits;
  WatchedKernel kernel;
  WatchedSandbox sandbox(std::make_unique<Quick>(limits), kernel);
  const Problem problem = problem_of(parse_trial("c2_i5_k3_f2/forward/f32"));
  for (std::size_t i = 0; i < UsualTime::least_calls; ++i) sandbox.run(problem, {});

  sandbox.run(problem, {.workspace_bytes = std::size_t{2} << 30});

  BOOST_TEST(limits.back() == 7.0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::run
