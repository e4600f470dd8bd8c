// SPDX-License-Identifier: Apache-2.0
// Built-in kernels in workers. A worker runs this test program, so the kernels are found there by
// name.
#include <unistd.h>

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/errors.hpp"
#include "fuzz/campaign.hpp"
#include "optimized/kernels.hpp"
#include "oracle/checks/checks.hpp"
#include "reference/kernels.hpp"
#include "tests/remote_device.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(built_in_test)

namespace {

using sandbox::Admission;
using sandbox::CallEnd;
using sandbox::Sandbox;

constexpr const char* odd_problem =
    "n2_c4_i7x9_k6_f3x2_s1x2_d2x1_phalf_g2/grad_input/f32/"
    "alpha=2,beta=-1,layout=nhwc,pitch=3,threads=3";

void fault() {
  const volatile std::uintptr_t nowhere = 8;
  *reinterpret_cast<volatile int*>(nowhere) = 1;
}
void loop_for_ever() {
  volatile bool ended = false;
  while (!ended) {
  }
}
void leave(float value, const Buffers& buffers) { *static_cast<float*>(buffers.output) = value; }

/// Made at the first use, so `process` is the id of the process that asked for it first.
RemoteDevice& remote() {
  static RemoteDevice device;
  return device;
}

Kernel test_kernel(const std::string& name,
                   std::function<void(const Problem&, const Buffers&)> run) {
  Kernel kernel;
  kernel.name = "test." + name;
  kernel.any_strides = true;
  kernel.refuses = refuse_invalid;
  kernel.run = std::move(run);
  return kernel;
}
Kernel marks_and(const std::string& name, void (*act)()) {
  return test_kernel(name, [act](const Problem&, const Buffers& buffers) {
    leave(42, buffers);
    act();
  });
}
Kernel refusing(const std::string& name, void (*act)()) {
  Kernel kernel = test_kernel(name, [](const Problem&, const Buffers&) {});
  kernel.refuses = [act](const Problem&) -> std::optional<std::string> {
    act();
    return std::nullopt;
  };
  return kernel;
}
Kernel on_remote(Kernel kernel) {
  kernel.device = DeviceKind::gpu;
  return kernel;
}

void convolve(const Problem& problem, const Buffers& buffers) {
  reference::kernels().front().run(problem, buffers);
}

Kernel planner() {
  Kernel kernel = test_kernel("plans", [](const Problem&, const Buffers& buffers) {
    leave(static_cast<float>(*static_cast<int*>(buffers.plan)), buffers);
  });
  kernel.plan = [](const Problem&) {
    static int made = 0;
    return std::make_shared<int>(++made);
  };
  return kernel;
}
Kernel failing_planner() {
  Kernel kernel = test_kernel("plans_by_fault", [](const Problem&, const Buffers&) {});
  kernel.plan = [](const Problem&) -> std::shared_ptr<void> {
    fault();
    return nullptr;
  };
  return kernel;
}
Kernel slow_in_every_call() {
  Kernel kernel = test_kernel("takes_its_time", [](auto&, auto&) { ::usleep(300'000); });
  kernel.refuses = [](const Problem&) -> std::optional<std::string> {
    ::usleep(300'000);
    return std::nullopt;
  };
  kernel.workspace_bytes = [](const Problem&) -> std::size_t {
    ::usleep(300'000);
    return 0;
  };
  kernel.plan = [](const Problem&) {
    ::usleep(300'000);
    return std::make_shared<int>(1);
  };
  return kernel;
}

/// Writes how many threads OpenMP gives the kernel.
void count_threads(const Problem& problem, const Buffers& buffers) {
  std::atomic<int> threads = 0;
#pragma omp parallel num_threads(problem.threads)
  ++threads;
  leave(static_cast<float>(threads), buffers);
}

std::vector<Kernel> made_kernels() {
  std::vector<Kernel> kernels = {
      marks_and("behaves", [] {}),
      marks_and("segfaults", fault),
      marks_and("loops", loop_for_ever),
      marks_and("exits", [] { ::_exit(0); }),
      marks_and("throws", [] { throw std::out_of_range("tap 9"); }),
      marks_and("reports_an_error", [] { throw KernelError("status 3"); }),
      refusing("refuses_by_fault", fault),
      refusing("refuses_by_looping", loop_for_ever),
      refusing("refuses_by_throwing", [] { throw std::runtime_error("no table"); }),
      planner(),
      failing_planner(),
      slow_in_every_call(),
      test_kernel("counts_threads", count_threads),
      test_kernel("sees_the_odd_problem",
                  [](const Problem& problem, const Buffers& buffers) {
                    const Problem expected = problem_of(parse_trial(odd_problem));
                    leave(problem == expected ? 1 : 0, buffers);
                  }),
      on_remote(test_kernel("convolves_remotely", convolve)),
      on_remote(test_kernel("looks_at_its_device",
                            [](const Problem&, const Buffers& buffers) {
                              const bool own = remote().process == ::getpid();
                              leave(own && buffers.stream == &remote() ? 1 : 0, buffers);
                            })),
      on_remote(
          marks_and("breaks_its_device", [] { remote().lost = remote().illegal_address = true; })),
      on_remote(marks_and("loses_its_device", [] { remote().lost = true; })),
  };
  for (const Kernel& kernel : reference::kernels()) kernels.push_back(kernel);
  for (const Kernel& kernel : optimized::kernels()) kernels.push_back(kernel);
  return kernels;
}

const std::vector<Kernel>& kernels() {
  static const std::vector<Kernel> made = made_kernels();
  return made;
}

Device& device_of(const Kernel& kernel) {
  return kernel.device == DeviceKind::gpu ? static_cast<Device&>(remote()) : host_device();
}

sandbox::Subject subject_named(const std::string& name, double time_s = 20) {
  const auto kernel = std::ranges::find(kernels(), name, &Kernel::name);
  BOOST_REQUIRE((kernel != kernels().end()));
  return sandbox::in_worker(*kernel, {.time_s = time_s});
}

CallEnd run(Sandbox& sandbox) {
  const KernelCall call(tiny);
  call.fill(sandbox);
  return call.run(sandbox);
}

struct Case {
  const char* kernel;
  CallEnd::Kind kind;
  const char* how;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.kernel; }

const Case cases[] = {
    {"behaves", CallEnd::Kind::returned, ""},
    {"segfaults", CallEnd::Kind::crashed, "signal 11 (Segmentation fault) during run"},
    {"exits", CallEnd::Kind::crashed, "exited with status 0 during run"},
    {"throws", CallEnd::Kind::crashed, "threw std::out_of_range: tap 9"},
    {"reports_an_error", CallEnd::Kind::failed, "status 3"},
    {"plans_by_fault", CallEnd::Kind::crashed, "signal 11 (Segmentation fault) during planning"},
    {"breaks_its_device", CallEnd::Kind::crashed,
     "threw convict::EnvironmentError: illegal address; its memory could not be read afterwards: "
     "device lost"},
};

}  // namespace

BOOST_DATA_TEST_CASE(every_kernel_ends_as_expected_every_time, boost::unit_test::data::make(cases),
                     expected) {
  const auto sandbox = subject_named(std::string("test.") + expected.kernel).open();

  for (int time = 0; time < 3; ++time) {
    const CallEnd end = run(*sandbox);

    BOOST_TEST((end.kind == expected.kind));
    BOOST_TEST(end.how == expected.how);
  }
}

BOOST_AUTO_TEST_CASE(a_kernel_that_does_not_return_is_ended) {
  const auto sandbox = subject_named("test.loops", 0.3).open();

  const CallEnd end = run(*sandbox);

  BOOST_TEST((end.kind == CallEnd::Kind::hung));
  BOOST_TEST(end.how == "no answer within 0.3 s during run");
  BOOST_TEST(KernelCall(tiny).first_output(*sandbox) == 42);
}

BOOST_AUTO_TEST_CASE(every_call_has_its_own_time_limit) {
  const KernelCall call(tiny);
  const auto sandbox = subject_named("test.takes_its_time", 0.5).open();

  const Admission admission = sandbox->admit(call.problem);

  BOOST_TEST(admission.end.how == "");
  BOOST_TEST(run(*sandbox).how == "");
}

BOOST_AUTO_TEST_CASE(the_end_of_refuses_is_reported) {
  const Problem problem = KernelCall(tiny).problem;
  const auto how = [&](const char* name) {
    return subject_named(name, 0.3).open()->admit(problem).end.how;
  };

  BOOST_TEST(how("test.refuses_by_fault") == "signal 11 (Segmentation fault) during refuses");
  BOOST_TEST(how("test.refuses_by_looping") == "no answer within 0.3 s during refuses");
  BOOST_TEST(how("test.refuses_by_throwing") == "threw std::runtime_error: no table");
  BOOST_TEST(how("test.behaves") == "");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_crashes_or_hangs_gets_a_verdict) {
  oracle::Cases cases;
  const Trial trial = parse_trial("c1_i4_k1_f2/forward/f32");
  const auto verdict = [&](const char* name) {
    const sandbox::Subject subject = subject_named(name, 0.3);
    return oracle::carry_out(trial, subject, *subject.open(), cases);
  };

  BOOST_TEST((verdict("test.segfaults").outcome == Outcome::crashed));
  BOOST_TEST((verdict("test.loops").outcome == Outcome::hung));
  BOOST_TEST((verdict("test.throws").outcome == Outcome::crashed));
  BOOST_TEST((verdict("test.reports_an_error").outcome == Outcome::fail));
  BOOST_TEST((verdict("test.behaves").outcome == Outcome::fail));
  BOOST_TEST((verdict("test.convolves_remotely").outcome == Outcome::pass));
}

BOOST_AUTO_TEST_CASE(a_search_goes_on_after_crashes_and_shrinks_them) {
  struct Findings final : run::Observer {
    void trial(const TrialResult& result) override {
      if (result.verdict.outcome == Outcome::crashed) results.push_back(result);
    }
    std::vector<TrialResult> results;
  } findings;
  const std::vector<sandbox::Subject> subjects = {subject_named("test.segfaults")};

  fuzz::run_campaign(subjects, findings,
                     {.space = fuzz::within_reach({.products = 1e4, .large = false}, subjects),
                      .cases = 40,
                      .jobs = 2,
                      .shrink_s = 1});

  BOOST_TEST(findings.results.size() > 30U);
  BOOST_TEST(findings.results.front().shrunk.has_value());
}

BOOST_AUTO_TEST_CASE(a_kernel_gets_exactly_the_problem_of_the_trial) {
  const Problem problem = problem_of(parse_trial(odd_problem));
  KernelCall call("n2_c4_i7x9_k6_f3x2_s1x2_d2x1_phalf_g2", Pass::grad_input, Precision::f32,
                  Layout::nhwc, 3);
  call.problem = problem;
  const auto sandbox = subject_named("test.sees_the_odd_problem").open();
  call.fill(*sandbox);

  const CallEnd end = call.run(*sandbox);

  BOOST_TEST(end.how == "");
  BOOST_TEST(call.first_output(*sandbox) == 1);
}

BOOST_AUTO_TEST_CASE(a_plan_is_used_for_all_runs_of_a_problem) {
  const auto sandbox = subject_named("test.plans").open();
  const auto made_by = [&](const KernelCall& call) {
    call.fill(*sandbox);
    BOOST_TEST(call.run(*sandbox).how == "");
    return call.first_output(*sandbox);
  };

  BOOST_TEST(made_by(KernelCall(tiny)) == 1);
  BOOST_TEST(made_by(KernelCall(tiny)) == 1);
  BOOST_TEST(made_by(KernelCall("c1_i5_k1_f2")) == 2);
}

#ifndef __SANITIZE_THREAD__  // tests/threads.cmake
BOOST_AUTO_TEST_CASE(a_kernel_has_as_many_threads_as_the_problem_says) {
  const auto sandbox = subject_named("test.counts_threads", 5).open();
  for (const int threads : {1, 3, 2}) {
    KernelCall call(tiny);
    call.problem.threads = threads;
    call.fill(*sandbox);

    BOOST_TEST(call.run(*sandbox).how == "");

    BOOST_TEST(call.first_output(*sandbox) == static_cast<float>(threads));
  }
}
#endif

BOOST_AUTO_TEST_CASE(the_device_is_made_in_the_worker_and_gets_copies) {
  const KernelCall call("n2_c3_i7_k4_f3_p1");
  const auto look = subject_named("test.looks_at_its_device").open();
  const auto convolve = subject_named("test.convolves_remotely").open();
  const auto here = sandbox::in_process(reference::kernels().front()).open();

  BOOST_TEST(run(*look).how == "");
  BOOST_TEST(KernelCall(tiny).first_output(*look) == 1);
  for (Sandbox* const sandbox : {convolve.get(), here.get()}) {
    call.fill(*sandbox);
    BOOST_TEST(call.run(*sandbox).how == "");
  }
  BOOST_TEST((call.values(*convolve) == call.values(*here)));
}

BOOST_AUTO_TEST_CASE(a_device_that_fails_after_a_successful_run_is_no_finding) {
  const auto sandbox = subject_named("test.loses_its_device").open();
  const KernelCall call(tiny);
  call.fill(*sandbox);

  BOOST_CHECK_EXCEPTION(call.run(*sandbox), EnvironmentError, [](const EnvironmentError& error) {
    return std::string(error.what()) == "kernel test.loses_its_device: device lost";
  });
}

BOOST_AUTO_TEST_CASE(a_kernel_that_is_not_given_to_worker_main_is_an_error) {
  const auto sandbox = sandbox::in_worker(test_kernel("unknown", {})).open();

  // The second time it is no crash either: the worker without code is gone.
  for (int time = 0; time < 2; ++time)
    BOOST_CHECK_EXCEPTION(
        sandbox->admit(KernelCall(tiny).problem), FileError, [](const FileError& error) {
          return std::string(error.what()) ==
                 "kernel test.unknown: not among the kernels that its program gives worker_main";
        });
}

constexpr const char* trials[] = {
    "n2_c3_i7x9_k4_f3x2/forward/f32",
    "n2_c3_i7x9_k4_f3x2/forward/f32/guard=left",
    "n2_c3_i7x9_k4_f3x2/forward/f32/fill=flat,guard=right,threads=3",
    "c4_i6x6_k4_f3x3_phalf_g2/grad_input/f32",
    "c4_i6x6_k4_f3x3_p1/grad_weights/f32/alpha=2,beta=-1",
    "c2_i9x9_k2_f3x3_s2x3/forward/f32/layout=nhwc,pitch=3",
    "c2_i3x4x5_k2_f2x2x3/forward/f64",
    "c2_i5x6_k2_f3x3_unshared/forward/f32",
    "c1_i4_k1_f2_s0/forward/f32/check=must_refuse",
    "n2_c3_i7_k4_f3/forward/f32/check=linear_in_first",
};

BOOST_DATA_TEST_CASE(in_a_worker_every_kernel_gets_the_verdict_that_it_gets_in_process,
                     boost::unit_test::data::make(trials), text) {
  oracle::Cases cases;
  const Trial trial = parse_trial(text);
  for (const Kernel& kernel : kernels()) {
    if (kernel.name.starts_with("test.")) continue;
    const sandbox::Subject here = sandbox::in_process(kernel);
    const sandbox::Subject there = sandbox::in_worker(kernel);

    const Verdict one = oracle::carry_out(trial, here, *here.open(), cases);
    const Verdict other = oracle::carry_out(trial, there, *there.open(), cases);

    BOOST_TEST_CONTEXT(kernel.name) {
      BOOST_TEST((one.outcome == other.outcome), other.reason);
      BOOST_TEST(one.reason == other.reason);
      BOOST_TEST(one.elements == other.elements);
      BOOST_TEST(one.worst_ratio == other.worst_ratio);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

sandbox::BuiltIns test_built_ins() {
  return {.kernels = built_in_test::kernels(), .device_of = built_in_test::device_of};
}

}  // namespace convict
