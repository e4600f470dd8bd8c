// SPDX-License-Identifier: Apache-2.0
// Findings are told only as they can be shown again: with kernels that remember earlier calls.
#include "fuzz/shrink/confirm.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "datasets/random.hpp"
#include "fuzz/campaign.hpp"
#include "fuzz/generator.hpp"
#include "mutants/mutants.hpp"
#include "oracle/checks/checks.hpp"
#include "tests/planted_faults.hpp"

namespace convict::fuzz {
namespace {

BOOST_AUTO_TEST_SUITE(confirm_test)

/// Carries out what it is given, one after the other, in a thread of its own.
class OwnThread {
 public:
  OwnThread() : thread_([this] { work(); }) {}
  ~OwnThread() {
    hand_over({});
    thread_.join();
  }
  OwnThread(const OwnThread&) = delete;
  OwnThread& operator=(const OwnThread&) = delete;

  template <class Function>
  auto operator()(Function&& function) {
    decltype(function()) result{};
    hand_over([&] { result = function(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
    return result;
  }

 private:
  void hand_over(std::function<void()> task) {
    const std::scoped_lock lock(mutex_);
    task_ = std::move(task);
    given_ = true;
    done_ = false;
    changed_.notify_all();
  }
  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return given_; });
      given_ = false;
      if (!task_) return;
      task_();
      done_ = true;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> task_;
  bool given_ = false;
  bool done_ = false;
  std::thread thread_;
};

/// Makes all calls in one thread, a new one after `renew`: the mutants keep what they remember in
/// thread_local variables, so that it plays the part of a worker process.
class Renewable final : public sandbox::Sandbox {
 public:
  explicit Renewable(const sandbox::Subject& subject) : inner_(subject.open()) { renew(); }

  sandbox::Admission admit(const Problem& problem) override {
    return (*thread_)([&] { return inner_->admit(problem); });
  }
  std::span<std::byte> arena(std::size_t bytes) override { return inner_->arena(bytes); }
  sandbox::CallEnd run(const Problem& problem, const sandbox::Placement& placement) override {
    return (*thread_)([&] { return inner_->run(problem, placement); });
  }
  void renew() override {
    inner_->renew();
    thread_ = std::make_unique<OwnThread>();
  }

 private:
  std::unique_ptr<sandbox::Sandbox> inner_;
  std::unique_ptr<OwnThread> thread_;
};

sandbox::Subject renewable(const Kernel& kernel) {
  const sandbox::Subject inner = sandbox::in_process(kernel);
  return {kernel, [inner] { return std::make_unique<Renewable>(inner); }};
}

struct FirstFindings final : run::Observer {
  void trial(const TrialResult& result) override {
    if (is_finding(result.verdict.outcome) && !result.repeated) found.push_back(result);
  }
  std::vector<TrialResult> found;
};

std::vector<TrialResult> findings_of(const sandbox::Subject& subject, std::size_t cases) {
  const std::vector<sandbox::Subject> subjects = {subject};
  FirstFindings findings;
  CampaignOptions options{
      .space = within_reach({.passes = {all_passes.begin(), all_passes.end()},
                             .precisions = {all_precisions.begin(), all_precisions.end()},
                             .products = 1e4},
                            subjects),
      .cases = cases,
      .shrink_s = 0.5,
      .probe_s = 0};
  run_campaign(subjects, findings, options);
  return findings.found;
}

BOOST_AUTO_TEST_CASE(faults_that_depend_on_earlier_calls_are_told_as_they_can_be_shown_again) {
  std::size_t remembering = 0;  // those that were found
  std::size_t shown = 0;        // those with a finding that comes back in every new worker
  for (const mutants::Mutant& mutant : mutants::all_mutants()) {
    const bool remembers = mutant.fault_class == "CACHE" || mutant.kernel.name.ends_with("_once") ||
                           mutant.kernel.name.ends_with("seventh_call");
    if (!remembers) continue;
    const sandbox::Subject subject = renewable(mutant.kernel);
    const auto found = findings_of(subject, 400);
    remembering += static_cast<std::size_t>(!found.empty());
    const bool comes_back =
        std::ranges::any_of(found, [](const TrialResult& f) { return f.replays == 0; });
    shown += static_cast<std::size_t>(comes_back);
    BOOST_TEST((comes_back || found.empty()), mutant.kernel.name << " does not come back");
    for (const TrialResult& finding : found) {
      const Trial& told = finding.shrunk ? *finding.shrunk : finding.trial;
      const auto new_worker = subject.open();
      oracle::Cases cases;
      const Verdict again = oracle::carry_out(told, subject, *new_worker, cases);

      BOOST_TEST(
          (again.outcome == finding.verdict.outcome || finding.replays > 0),
          mutant.kernel.name << ' ' << to_string(told) << " found as " << to_string(finding.trial));
    }
  }
  BOOST_TEST(remembering >= 10U);
  BOOST_TEST(shown == remembering);
}

/// Fails in one of fifty calls, counted over all workers: as if by chance.
sandbox::Subject fails_sometimes(std::uint64_t& calls) {
  return planted::off_by_one_where(
      [&calls](const Problem&) { return datasets::scramble(++calls) % 50 == 0; });
}

BOOST_AUTO_TEST_CASE(a_finding_that_does_not_always_come_back_is_replayed_ten_times) {
  std::uint64_t calls = 0;
  const sandbox::Subject subject = fails_sometimes(calls);
  const Trial trial = parse_trial("c2_i5x6_k3_f2x2/forward/f32/fill=flat");
  Verdict verdict;
  verdict.outcome = Outcome::fail;
  const auto sandbox = subject.open();

  const Confirmed confirmed = confirm({.trial = trial}, verdict, subject, *sandbox, 1);

  BOOST_TEST(confirmed.replays == most_replays);
  BOOST_TEST(confirmed.came_back < most_replays);
}

BOOST_AUTO_TEST_CASE(a_finding_that_always_comes_back_is_not_called_uncertain) {
  const auto subject = planted::off_by_one_where([](const Problem&) { return true; });
  const Trial trial = parse_trial("c2_i5x6_k3_f2x2/forward/f32");
  Verdict verdict;
  verdict.outcome = Outcome::fail;
  const auto sandbox = subject.open();

  const Confirmed confirmed = confirm({.trial = trial}, verdict, subject, *sandbox, 1);

  BOOST_TEST((confirmed.trial == trial));
  BOOST_TEST(confirmed.replays == 0);
}

BOOST_AUTO_TEST_CASE(an_update_without_a_lock_is_found_by_disturbing_the_threads) {
  const sandbox::Subject subject = sandbox::in_process(mutants::racing_mutant().kernel);
  const auto sandbox = subject.open();
  Trial trial = parse_trial("n16_c2_i20x20_k2_f3x3/grad_weights/f32/threads=4");
  oracle::Cases cases;
  int undisturbed = 0;
  for (int i = 0; i < 20; ++i)
    undisturbed +=
        static_cast<int>(is_finding(oracle::carry_out(trial, subject, *sandbox, cases).outcome));
  int found = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    trial.recipe.disturb = seed;
    found +=
        static_cast<int>(is_finding(oracle::carry_out(trial, subject, *sandbox, cases).outcome));
  }

  BOOST_TEST_MESSAGE("found " << found << " times, undisturbed " << undisturbed);
  BOOST_TEST(found >= 2);
}

BOOST_AUTO_TEST_CASE(a_right_kernel_passes_on_a_disturbed_schedule) {
  const sandbox::Subject subject = planted::right();
  const auto sandbox = subject.open();
  oracle::Cases cases;
  for (const char* const recipe : {"threads=8,disturb=1", "threads=8,disturb=2"}) {
    const Trial trial = parse_trial(std::string("n9_c2_i9x9_k2_f2x2/grad_weights/f32/") + recipe);

    BOOST_TEST((oracle::carry_out(trial, subject, *sandbox, cases).outcome == Outcome::pass));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::fuzz
