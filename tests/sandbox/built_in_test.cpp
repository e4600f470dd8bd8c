// Rows of the program itself in a sandbox. A worker is this program started anew, so that whatever
// a row does, it does there.
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

/// Asked for in the server of the workers it would have another process's number.
RemoteDevice& remote() {
  static RemoteDevice device;
  return device;
}

Kernel row(const std::string& name, std::function<void(const Problem&, const Buffers&)> run) {
  Kernel kernel;
  kernel.name = "test." + name;
  kernel.any_strides = true;
  kernel.refuses = refuse_invalid;
  kernel.run = std::move(run);
  return kernel;
}
Kernel deed(const std::string& name, void (*act)()) {
  return row(name, [act](const Problem&, const Buffers& buffers) {
    leave(42, buffers);
    act();
  });
}
Kernel refusing(const std::string& name, void (*act)()) {
  Kernel kernel = row(name, [](const Problem&, const Buffers&) {});
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
  Kernel kernel = row("plans", [](const Problem&, const Buffers& buffers) {
    leave(static_cast<float>(*static_cast<int*>(buffers.plan)), buffers);
  });
  kernel.plan = [](const Problem&) {
    static int made = 0;
    return std::make_shared<int>(++made);
  };
  return kernel;
}
Kernel failing_planner() {
  Kernel kernel = row("plans_by_fault", [](const Problem&, const Buffers&) {});
  kernel.plan = [](const Problem&) -> std::shared_ptr<void> {
    fault();
    return nullptr;
  };
  return kernel;
}
Kernel slow_in_every_call() {
  Kernel kernel = row("takes_its_time", [](auto&, auto&) { ::usleep(300'000); });
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

/// How many threads OpenMP gives it.
void count_threads(const Problem& problem, const Buffers& buffers) {
  std::atomic<int> threads = 0;
#pragma omp parallel num_threads(problem.threads)
  ++threads;
  leave(static_cast<float>(threads), buffers);
}

std::vector<Kernel> made_rows() {
  std::vector<Kernel> rows = {
      deed("behaves", [] {}),
      deed("segfaults", fault),
      deed("loops", loop_for_ever),
      deed("exits", [] { ::_exit(0); }),
      deed("throws", [] { throw std::out_of_range("tap 9"); }),
      deed("reports_an_error", [] { throw KernelError("status 3"); }),
      refusing("refuses_by_fault", fault),
      refusing("refuses_by_looping", loop_for_ever),
      refusing("refuses_by_throwing", [] { throw std::runtime_error("no table"); }),
      planner(),
      failing_planner(),
      slow_in_every_call(),
      row("counts_threads", count_threads),
      row("sees_the_odd_problem",
          [](const Problem& problem, const Buffers& buffers) {
            const Problem posed = problem_of(parse_trial(odd_problem));
            leave(problem == posed ? 1 : 0, buffers);
          }),
      on_remote(row("convolves_remotely", convolve)),
      on_remote(row("looks_at_its_device",
                    [](const Problem&, const Buffers& buffers) {
                      const bool own = remote().process == ::getpid();
                      leave(own && buffers.stream == &remote() ? 1 : 0, buffers);
                    })),
      on_remote(deed("breaks_its_device", [] { remote().lost = remote().illegal_address = true; })),
      on_remote(deed("loses_its_device", [] { remote().lost = true; })),
  };
  for (const Kernel& kernel : reference::kernels()) rows.push_back(kernel);
  for (const Kernel& kernel : optimized::kernels()) rows.push_back(kernel);
  return rows;
}

const std::vector<Kernel>& rows() {
  static const std::vector<Kernel> made = made_rows();
  return made;
}

Device& device_of(const Kernel& kernel) {
  return kernel.device == DeviceKind::gpu ? static_cast<Device&>(remote()) : host_device();
}

sandbox::Subject worker_kernel(const std::string& name, double time_s = 20) {
  const auto kernel = std::ranges::find(rows(), name, &Kernel::name);
  BOOST_REQUIRE((kernel != rows().end()));
  return sandbox::in_worker(*kernel, {.time_s = time_s});
}

CallEnd run(Sandbox& sandbox) {
  const Cell cell(tiny);
  cell.fill(sandbox);
  return cell.run(sandbox);
}

struct Case {
  const char* deed;
  CallEnd::Kind kind;
  const char* how;
};
std::ostream& operator<<(std::ostream& out, const Case& deed) { return out << deed.deed; }

const Case deeds[] = {
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

BOOST_DATA_TEST_CASE(every_deed_ends_as_what_it_is_time_and_again,
                     boost::unit_test::data::make(deeds), deed) {
  const auto sandbox = worker_kernel(std::string("test.") + deed.deed).open();

  for (int time = 0; time < 3; ++time) {
    const CallEnd end = run(*sandbox);

    BOOST_TEST((end.kind == deed.kind));
    BOOST_TEST(end.how == deed.how);
  }
}

BOOST_AUTO_TEST_CASE(a_row_that_does_not_return_is_ended) {
  const auto sandbox = worker_kernel("test.loops", 0.3).open();

  const CallEnd end = run(*sandbox);

  BOOST_TEST((end.kind == CallEnd::Kind::hung));
  BOOST_TEST(end.how == "no answer within 0.3 s during run");
  BOOST_TEST(Cell(tiny).first_output(*sandbox) == 42);
}

BOOST_AUTO_TEST_CASE(every_call_has_a_time_of_its_own) {
  const Cell cell(tiny);
  const auto sandbox = worker_kernel("test.takes_its_time", 0.5).open();

  const Admission admission = sandbox->admit(cell.problem);

  BOOST_TEST(admission.end.how == "");
  BOOST_TEST(run(*sandbox).how == "");
}

BOOST_AUTO_TEST_CASE(what_refuses_does_is_told_apart) {
  const Problem problem = Cell(tiny).problem;
  const auto how = [&](const char* name) {
    return worker_kernel(name, 0.3).open()->admit(problem).end.how;
  };

  BOOST_TEST(how("test.refuses_by_fault") == "signal 11 (Segmentation fault) during refuses");
  BOOST_TEST(how("test.refuses_by_looping") == "no answer within 0.3 s during refuses");
  BOOST_TEST(how("test.refuses_by_throwing") == "threw std::runtime_error: no table");
  BOOST_TEST(how("test.behaves") == "");
}

BOOST_AUTO_TEST_CASE(a_trial_of_a_row_that_dies_is_a_verdict) {
  oracle::Cases cases;
  const Trial trial = parse_trial("c1_i4_k1_f2/forward/f32");
  const auto verdict = [&](const char* name) {
    const sandbox::Subject subject = worker_kernel(name, 0.3);
    return oracle::carry_out(trial, subject, *subject.open(), cases);
  };

  BOOST_TEST((verdict("test.segfaults").outcome == Outcome::crashed));
  BOOST_TEST((verdict("test.loops").outcome == Outcome::hung));
  BOOST_TEST((verdict("test.throws").outcome == Outcome::crashed));
  BOOST_TEST((verdict("test.reports_an_error").outcome == Outcome::fail));
  BOOST_TEST((verdict("test.behaves").outcome == Outcome::fail));
  BOOST_TEST((verdict("test.convolves_remotely").outcome == Outcome::pass));
}

BOOST_AUTO_TEST_CASE(a_search_goes_on_when_a_row_dies_and_shrinks_what_it_died_of) {
  struct Findings final : run::Observer {
    void trial(const TrialResult& result) override {
      if (result.verdict.outcome == Outcome::crashed) results.push_back(result);
    }
    std::vector<TrialResult> results;
  } findings;
  const std::vector<sandbox::Subject> subjects = {worker_kernel("test.segfaults")};

  fuzz::run_campaign(subjects, findings,
                     {.space = fuzz::within_reach({.products = 1e4}, subjects),
                      .cases = 40,
                      .jobs = 2,
                      .shrink_s = 1});

  BOOST_TEST(findings.results.size() > 30U);
  BOOST_TEST(findings.results.front().shrunk.has_value());
}

BOOST_AUTO_TEST_CASE(a_row_sees_the_problem_exactly_as_it_was_posed) {
  const Problem problem = problem_of(parse_trial(odd_problem));
  Cell cell("n2_c4_i7x9_k6_f3x2_s1x2_d2x1_phalf_g2", Pass::grad_input, Precision::f32, Layout::nhwc,
            3);
  cell.problem = problem;
  const auto sandbox = worker_kernel("test.sees_the_odd_problem").open();
  cell.fill(*sandbox);

  const CallEnd end = cell.run(*sandbox);

  BOOST_TEST(end.how == "");
  BOOST_TEST(cell.first_output(*sandbox) == 1);
}

BOOST_AUTO_TEST_CASE(a_plan_serves_all_runs_of_a_problem) {
  const auto sandbox = worker_kernel("test.plans").open();
  const auto made_by = [&](const Cell& cell) {
    cell.fill(*sandbox);
    BOOST_TEST(cell.run(*sandbox).how == "");
    return cell.first_output(*sandbox);
  };

  BOOST_TEST(made_by(Cell(tiny)) == 1);
  BOOST_TEST(made_by(Cell(tiny)) == 1);
  BOOST_TEST(made_by(Cell("c1_i5_k1_f2")) == 2);
}

BOOST_AUTO_TEST_CASE(a_row_has_as_many_threads_as_it_is_told) {
  const auto sandbox = worker_kernel("test.counts_threads", 5).open();
  for (const int threads : {1, 3, 2}) {
    Cell cell(tiny);
    cell.problem.threads = threads;
    cell.fill(*sandbox);

    BOOST_TEST(cell.run(*sandbox).how == "");

    BOOST_TEST(cell.first_output(*sandbox) == static_cast<float>(threads));
  }
}

BOOST_AUTO_TEST_CASE(a_device_is_asked_for_where_the_row_runs_and_sees_copies) {
  const Cell cell("n2_c3_i7_k4_f3_p1");
  const auto look = worker_kernel("test.looks_at_its_device").open();
  const auto convolve = worker_kernel("test.convolves_remotely").open();
  const auto here = sandbox::in_process(reference::kernels().front()).open();

  BOOST_TEST(run(*look).how == "");
  BOOST_TEST(Cell(tiny).first_output(*look) == 1);
  for (Sandbox* const sandbox : {convolve.get(), here.get()}) {
    cell.fill(*sandbox);
    BOOST_TEST(cell.run(*sandbox).how == "");
  }
  BOOST_TEST((cell.values(*convolve) == cell.values(*here)));
}

BOOST_AUTO_TEST_CASE(a_device_that_fails_after_a_good_run_is_no_finding) {
  const auto sandbox = worker_kernel("test.loses_its_device").open();
  const Cell cell(tiny);
  cell.fill(*sandbox);

  BOOST_CHECK_EXCEPTION(cell.run(*sandbox), EnvironmentError, [](const EnvironmentError& error) {
    return std::string(error.what()) == "kernel test.loses_its_device: device lost";
  });
}

BOOST_AUTO_TEST_CASE(a_row_that_the_program_does_not_give_its_workers_is_an_error) {
  const auto sandbox = sandbox::in_worker(row("unknown", {})).open();

  BOOST_CHECK_EXCEPTION(sandbox->admit(Cell(tiny).problem), FileError, [](const FileError& error) {
    return std::string(error.what()) ==
           "kernel test.unknown: not among the rows that its program gives worker_main";
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

BOOST_DATA_TEST_CASE(in_custody_every_row_gets_the_verdict_that_it_gets_in_process,
                     boost::unit_test::data::make(trials), text) {
  oracle::Cases cases;
  const Trial trial = parse_trial(text);
  for (const Kernel& kernel : rows()) {
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
  return {.kernels = built_in_test::rows(), .device_of = built_in_test::device_of};
}

}  // namespace convict
