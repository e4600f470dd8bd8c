// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/errors.hpp"
#include "tests/sandbox/plugin_path.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(plan_test)

namespace {

using sandbox::CallEnd;
using sandbox::Sandbox;

std::unique_ptr<Sandbox> open(const std::string& kernel) {
  for (const sandbox::Subject& subject : sandbox::load_plugin(plugin_path("planner")))
    if (subject.kernel.name == "planner." + kernel) return subject.open();
  throw std::runtime_error("planner has no " + kernel);
}

/// 100 times the plans made so far, plus those destroyed.
float counts_after(Sandbox& sandbox, const KernelCall& call) {
  call.fill(sandbox);
  BOOST_TEST(call.run(sandbox).how == "");
  return call.first_output(sandbox);
}

/// The file to which the kernel planner.notes appends a line for every plan that it destroys.
class Notes {
 public:
  Notes() { ::setenv("CONVICT_TEST_NOTES", path_.c_str(), 1); }
  ~Notes() { std::filesystem::remove(path_); }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;
  int lines() const {
    std::ifstream file(path_);
    int count = 0;
    for (std::string line; std::getline(file, line);) ++count;
    return count;
  }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() /
                                ("convict-plan-" + std::to_string(::getpid()) + ".txt");
};

CallEnd end_of(const std::string& kernel) {
  const auto sandbox = open(kernel);
  const KernelCall call(tiny);
  call.fill(*sandbox);
  return call.run(*sandbox);
}

/// A kernel of this program that writes to its output how many plans it made, and checks that the
/// previous plan is destroyed before the next is made.
struct PlanningKernel {
  int made = 0;
  std::weak_ptr<void> latest;

  Kernel kernel_entry() {
    Kernel kernel;
    kernel.name = "own.planner";
    kernel.plan = [this](const Problem& problem) -> std::shared_ptr<void> {
      BOOST_TEST(latest.expired());
      ++made;
      auto plan = std::make_shared<Problem>(problem);
      latest = plan;
      return plan;
    };
    kernel.run = [this](const Problem& problem, const Buffers& buffers) {
      if (*static_cast<const Problem*>(buffers.plan) != problem) throw KernelError("foreign plan");
      *static_cast<float*>(buffers.output) = static_cast<float>(made);
    };
    return kernel;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_refusal_in_run_is_no_failure_and_brings_its_reason) {
  const auto sandbox = open("refuses_late");
  KernelCall scaled(tiny);
  scaled.problem.alpha = 2;
  scaled.fill(*sandbox);

  const CallEnd plain = KernelCall(tiny).run(*sandbox);
  const CallEnd explained = scaled.run(*sandbox);

  BOOST_TEST((plain.kind == CallEnd::Kind::refused));
  BOOST_TEST(plain.how == "");
  BOOST_TEST((explained.kind == CallEnd::Kind::refused));
  BOOST_TEST(explained.how == "alpha 2 is beyond it");
}

BOOST_AUTO_TEST_CASE(a_plan_is_made_once_for_all_runs_of_a_problem) {
  const auto sandbox = open("plans");
  const KernelCall call(tiny);

  BOOST_TEST(counts_after(*sandbox, call) == 100);
  BOOST_TEST(counts_after(*sandbox, call) == 100);
}

BOOST_AUTO_TEST_CASE(another_problem_gets_another_plan_after_the_old_one_was_destroyed) {
  const auto sandbox = open("plans");
  KernelCall scaled(tiny);
  scaled.problem.alpha = 2;
  KernelCall threaded(tiny);
  threaded.problem.threads = 3;

  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 100);
  BOOST_TEST(counts_after(*sandbox, KernelCall("c1_i5_k1_f2")) == 201);
  BOOST_TEST(counts_after(*sandbox, KernelCall("c1_i5_k1_f2", Pass::forward, Precision::f32,
                                               Layout::nchw, 3)) == 302);
  BOOST_TEST(counts_after(*sandbox, scaled) == 403);
  BOOST_TEST(counts_after(*sandbox, threaded) == 504);
  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 605);
}

BOOST_AUTO_TEST_CASE(a_kernel_without_plan_destroy_can_have_plans) {
  const auto sandbox = open("keeps");

  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 100);
  BOOST_TEST(counts_after(*sandbox, KernelCall("c1_i5_k1_f2")) == 200);
}

BOOST_AUTO_TEST_CASE(a_plan_is_destroyed_when_its_worker_ends_normally_and_only_then) {
  const Notes notes;
  auto sandbox = open("notes");
  KernelCall scaled(tiny);
  scaled.problem.alpha = 2;
  counts_after(*sandbox, KernelCall(tiny));
  counts_after(*sandbox, KernelCall("c1_i5_k1_f2"));
  BOOST_TEST(notes.lines() == 1);
  scaled.fill(*sandbox);
  BOOST_TEST(scaled.run(*sandbox).how == "signal 6 (Aborted) during run");
  BOOST_TEST(notes.lines() ==
             2);  // the plan of the longer problem, before that of the scaled one was made
  counts_after(*sandbox, KernelCall(tiny));

  sandbox.reset();

  BOOST_TEST(notes.lines() == 3);
}

BOOST_AUTO_TEST_CASE(a_null_plan_is_a_failure_and_a_crash_is_reported_during_planning) {
  const CallEnd nothing = end_of("plans_nothing");
  const CallEnd abort = end_of("plans_by_abort");

  BOOST_TEST((nothing.kind == CallEnd::Kind::failed));
  BOOST_TEST(nothing.how == "plan_create returned null");
  BOOST_TEST((abort.kind == CallEnd::Kind::crashed));
  BOOST_TEST(abort.how == "signal 6 (Aborted) during planning");
}

BOOST_AUTO_TEST_CASE(a_failure_is_reported_with_the_message_of_the_kernel) {
  const CallEnd explained = end_of("explains");
  const CallEnd endless = end_of("explains_without_end");

  BOOST_TEST((explained.kind == CallEnd::Kind::failed));
  BOOST_TEST(explained.how == "status 4: no plan for rank 1");
  BOOST_TEST(endless.how.starts_with("status 4: xxxx"));
}

BOOST_AUTO_TEST_CASE(a_plug_in_compiled_before_plans_works_as_before) {
  BOOST_TEST(end_of("older").how == "");
  BOOST_TEST(end_of("old").how == "");
}

BOOST_AUTO_TEST_CASE(a_plug_in_compiled_with_a_longer_struct_works_as_far_as_it_is_known) {
  const auto sandbox = open("newer");

  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 100);
}

BOOST_AUTO_TEST_CASE(built_in_kernels_make_plans_in_the_same_way) {
  PlanningKernel planner;
  const auto sandbox = sandbox::in_process(planner.kernel_entry()).open();

  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 1);
  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 1);
  BOOST_TEST(counts_after(*sandbox, KernelCall("c1_i5_k1_f2")) == 2);
  BOOST_TEST(counts_after(*sandbox, KernelCall(tiny)) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
