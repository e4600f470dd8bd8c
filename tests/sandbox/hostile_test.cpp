// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/sandbox/plugin_path.hpp"
#include "tests/sandbox/plugin_sandbox.hpp"

namespace convict {

BOOST_AUTO_TEST_SUITE(hostile_test)

namespace {

using sandbox::Admission;
using sandbox::CallEnd;
using sandbox::Sandbox;
using Clock = std::chrono::steady_clock;

constexpr sandbox::Limits ample{.time_s = 20};
constexpr sandbox::Limits scarce{.time_s = 0.5};

const std::vector<sandbox::Subject>& subjects(const sandbox::Limits& limits) {
  static const auto patient = sandbox::load_plugin(plugin_path("hostile"), ample);
  static const auto impatient = sandbox::load_plugin(plugin_path("hostile"), scarce);
  return limits.time_s == ample.time_s ? patient : impatient;
}

std::unique_ptr<Sandbox> open(const std::string& kernel, const sandbox::Limits& limits = ample) {
  for (const auto& subject : subjects(limits))
    if (subject.kernel.name == "hostile." + kernel) return subject.open();
  throw std::logic_error("no kernel " + kernel);
}

CallEnd run(Sandbox& sandbox) {
  const KernelCall call(tiny);
  call.fill(sandbox);
  return call.run(sandbox);
}

/// The process id that a kernel wrote to the output.
pid_t left_by(Sandbox& sandbox) {
  const float bits = KernelCall(tiny).first_output(sandbox);
  pid_t id = 0;
  std::memcpy(&id, &bits, sizeof(id));
  return id;
}

/// The process has ended, reaped or not.
bool is_dead(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string id;
  std::string name;
  std::string state;
  return !(status >> id >> name >> state) || state == "Z";
}

template <class Condition>
bool soon(Condition condition) {
  const auto deadline = Clock::now() + std::chrono::seconds(10);
  while (!condition() && Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return condition();
}

struct Case {
  const char* kernel;
  CallEnd::Kind kind;
  const char* how;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.kernel; }

constexpr auto returned = CallEnd::Kind::returned;
constexpr auto failed = CallEnd::Kind::failed;
constexpr auto crashed = CallEnd::Kind::crashed;
constexpr auto hung = CallEnd::Kind::hung;
constexpr auto sends_signals =
    "sent a signal to a process that is not its own (signal 31) during run";

const Case cases[] = {
    {"behaves", returned, ""},
    {"returns_3", failed, "status 3"},
    {"segfaults", crashed, "signal 11 (Segmentation fault) during run"},
    {"writes_to_null", crashed, "signal 11 (Segmentation fault) during run"},
    {"raises_a_fault", crashed, "signal 11 (Segmentation fault) during run"},
    {"overflows_its_stack", crashed, "signal 11 (Segmentation fault) during run"},
    {"jumps_nowhere", crashed, "signal 11 (Segmentation fault) during run"},
    {"ignores_signals_and_faults", crashed, "signal 11 (Segmentation fault) during run"},
    {"exits_from_its_own_handler", crashed, "exited with status 0 during run"},
    {"lowers_its_limits", returned, ""},
    {"scribbles_and_returns", returned, ""},
    {"scribbles_and_aborts", crashed, "signal 6 (Aborted) during run"},
    {"scribbles_and_faults", crashed, "signal 11 (Segmentation fault) during run"},
    {"aborts", crashed, "signal 6 (Aborted) during run"},
    {"kills_itself", crashed, "signal 9 (Killed) during run"},
    {"kills_its_parent", crashed, sends_signals},
    {"stops_its_parent", crashed, sends_signals},
    {"stops_the_program", crashed, sends_signals},
    {"kills_the_program", crashed, sends_signals},
    {"signals_every_process", crashed, sends_signals},
    {"queues_a_signal_for_its_parent", crashed, sends_signals},
    {"asks_whether_its_parent_lives", returned, ""},
    {"joins_its_parents_group", returned, ""},
    {"stops_its_parent_unseen", crashed, "stopped the process that started it during run"},
    {"stops_its_parent_unseen_and_exits", crashed,
     "stopped the process that started it during run"},
    {"starts_a_daemon_and_kills_its_parent_unseen", crashed,
     "killed the process that started it during run"},
    {"starts_a_chain_of_processes", returned, ""},
    {"exits_0", crashed, "exited with status 0 during run"},
    {"exits_5_quietly", crashed, "exited with status 5 during run"},
    {"throws", crashed, "threw std::runtime_error: no plan for this"},
    {"throws_an_int", crashed, "threw int"},
    {"runs_out_of_memory", crashed, "threw std::bad_alloc"},
    {"forks_a_sleeper", returned, ""},
    {"forks_a_sleeper_and_exits", crashed, "exited with status 5 during run"},
    {"forks_and_both_return", returned, ""},
    {"closes_all_descriptors", crashed, "closed descriptors that are not its own during run"},
    {"leaves_threads_running", returned, ""},
    {"prints_megabytes", returned, ""},
    {"explains_and_aborts", crashed,
     "signal 6 (Aborted) during run; its last words: line one plan cache is corrupt"},
    {"truncates_the_arena", returned, ""},
    {"overruns_the_arena", crashed, "signal 11 (Segmentation fault) during run"},
    {"writes_into_the_connection", crashed, "wrote into the worker's connection during run"},
};

const Case slow_cases[] = {
    {"stops_itself", hung, "no answer within 0.5 s during run"},
    {"returns_from_its_own_handler", hung, "no answer within 0.5 s during run"},
    {"loops", hung, "no answer within 0.5 s during run"},
    {"loops_with_signals_blocked", hung, "no answer within 0.5 s during run"},
    {"closes_all_descriptors_and_sleeps", hung, "no answer within 0.5 s during run"},
};

void check_end(const CallEnd& end, const Case& expected) {
  BOOST_TEST((end.kind == expected.kind));
  BOOST_TEST(end.how == expected.how);
}

}  // namespace

BOOST_DATA_TEST_CASE(every_kernel_ends_as_expected_every_time, boost::unit_test::data::make(cases),
                     expected) {
  const auto sandbox = open(expected.kernel);

  for (int time = 0; time < 3; ++time) check_end(run(*sandbox), expected);
}

BOOST_DATA_TEST_CASE(a_kernel_that_does_not_answer_is_ended,
                     boost::unit_test::data::make(slow_cases), expected) {
  const auto sandbox = open(expected.kernel, scarce);
  const auto start = Clock::now();

  check_end(run(*sandbox), expected);

  BOOST_TEST((Clock::now() - start < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_CASE(the_arena_holds_what_a_kernel_wrote_before_it_crashed) {
  const KernelCall call(tiny);
  const auto sandbox = open("segfaults");

  const CallEnd end = run(*sandbox);

  BOOST_TEST((end.kind == crashed));
  BOOST_TEST(call.first_output(*sandbox) == 42);
}

BOOST_AUTO_TEST_CASE(the_arena_grows_under_a_running_worker) {
  const auto sandbox = open("behaves");
  for (const index_t extent : {4, 100'000, 10, 3'000'000}) {
    const KernelCall call("c1_i" + std::to_string(extent) + "_k1_f2");
    call.fill(*sandbox);

    BOOST_TEST(call.run(*sandbox).how == "");

    BOOST_TEST(call.first_output(*sandbox) == 42);
  }
}

BOOST_AUTO_TEST_CASE(a_kernel_that_takes_too_much_memory_is_ended) {
  constexpr std::size_t mebibytes = 300;
  const sandbox::Limits limits{.time_s = 20, .memory_bytes = mebibytes << 20};
  const auto greedy = sandbox::load_plugin(plugin_path("hostile"), limits);

  for (const char* const kernel : {"allocates_without_end", "has_a_child_allocate_without_end"}) {
    const auto sandbox =
        std::ranges::find(greedy, std::string("hostile.") + kernel, [](const auto& s) {
          return s.kernel.name;
        })->open();
    const CallEnd end = run(*sandbox);

    BOOST_TEST((end.kind == crashed));
    std::size_t killed_at = 0;
    BOOST_REQUIRE(
        std::sscanf(end.how.c_str(), "killed at %zu MiB of memory during run", &killed_at) == 1);
    BOOST_TEST(killed_at >= mebibytes);
    BOOST_TEST(killed_at < mebibytes + 1024);
  }
}

BOOST_AUTO_TEST_CASE(memory_that_processes_share_is_counted_once) {
  const auto modest =
      sandbox::load_plugin(plugin_path("hostile"), {.time_s = 20, .memory_bytes = 400 << 20});
  const auto subject = std::ranges::find(modest, "hostile.shares_its_memory_with_children",
                                         [](const auto& s) { return s.kernel.name; });

  check_end(run(*subject->open()), {"", returned, ""});
}

BOOST_AUTO_TEST_CASE(the_arena_is_not_counted_as_memory_of_the_kernel) {
  const auto modest =
      sandbox::load_plugin(plugin_path("hostile"), {.time_s = 0.2, .memory_bytes = 300 << 20});
  const auto subject =
      std::ranges::find(modest, "hostile.loops", [](const auto& s) { return s.kernel.name; });
  const auto sandbox = subject->open();
  sandbox->arena(400 << 20);

  check_end(run(*sandbox), {"", hung, "no answer within 0.2 s during run"});
}

BOOST_AUTO_TEST_CASE(a_kernel_that_deletes_its_file_can_still_be_tested) {
  const auto copy = std::filesystem::temp_directory_path() /
                    ("convict-hostile-" + std::to_string(::getpid()) + ".so");
  std::filesystem::copy_file(plugin_path("hostile"), copy);
  const auto loaded = sandbox::load_plugin(copy.string(), ample);
  const auto subject = std::ranges::find_if(
      loaded, [](const auto& s) { return s.kernel.name.ends_with(".unlinks_its_file"); });
  const auto sandbox = subject->open();

  check_end(run(*sandbox), {"", returned, ""});
  BOOST_TEST(!std::filesystem::exists(copy));
  check_end(run(*sandbox), {"", returned, ""});
  check_end(run(*subject->open()), {"", returned, ""});
}

BOOST_AUTO_TEST_CASE(the_end_of_refuses_is_reported) {
  const Problem problem = KernelCall(tiny).problem;
  const auto admission_of = [&](const char* kernel, const sandbox::Limits& limits) {
    return open(kernel, limits)->admit(problem);
  };

  const Admission reasoned = admission_of("refuses_with_a_reason", ample);
  BOOST_TEST(reasoned.end.how == "");
  BOOST_TEST(reasoned.refusal.value() == "not on M\xC3\xB6ndays");
  check_end(admission_of("refuses_by_segfault", ample).end,
            {"", crashed, "signal 11 (Segmentation fault) during refuses"});
  check_end(admission_of("refuses_by_looping", scarce).end,
            {"", hung, "no answer within 0.5 s during refuses"});
  check_end(admission_of("refuses_by_throwing", ample).end,
            {"", crashed, "threw std::invalid_argument: rank"});
}

BOOST_AUTO_TEST_CASE(workspace_has_the_requested_size_unless_memory_does_not_suffice) {
  KernelCall call(tiny);
  const auto sandbox = open("fills_its_workspace");

  const Admission admission = sandbox->admit(call.problem);
  call.add_workspace(admission.workspace_bytes);
  call.fill(*sandbox);

  BOOST_TEST(admission.workspace_bytes == 4096);
  BOOST_TEST(call.run(*sandbox).how == "");
  check_end(open("exits_when_asked_for_workspace")->admit(call.problem).end,
            {"", crashed, "exited with status 0 during workspace_bytes"});
}

BOOST_AUTO_TEST_CASE(a_thread_that_crashes_after_the_call_is_found_at_the_next_call) {
  const auto sandbox = open("leaves_a_thread_that_crashes");

  const CallEnd first = run(*sandbox);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const CallEnd second = run(*sandbox);
  const CallEnd third = run(*sandbox);

  check_end(first, {"", returned, ""});
  check_end(second, {"", crashed, "signal 11 (Segmentation fault) between calls"});
  check_end(third, {"", returned, ""});
}

BOOST_AUTO_TEST_CASE(a_sandbox_outlives_the_thread_that_used_it_first) {
  const auto sandbox = open("behaves");
  std::thread([&] { run(*sandbox); }).join();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));

  check_end(run(*sandbox), {"", returned, ""});
}

BOOST_AUTO_TEST_CASE(a_kernel_that_ends_its_thread_crashes_or_hangs) {
  const CallEnd end = run(*open("ends_its_thread", scarce));

  BOOST_TEST((end.kind == crashed || end.kind == hung));
}

BOOST_AUTO_TEST_CASE(processes_that_a_kernel_leaves_behind_are_killed) {
  auto sandbox = open("forks_a_sleeper");
  run(*sandbox);
  const pid_t sleeper = left_by(*sandbox);
  BOOST_TEST(!is_dead(sleeper));

  sandbox.reset();

  BOOST_TEST(soon([&] { return is_dead(sleeper); }));
}

BOOST_AUTO_TEST_CASE(daemons_that_a_kernel_starts_are_killed_with_it) {
  auto sandbox = open("starts_a_daemon");
  check_end(run(*sandbox), {"", returned, ""});
  const pid_t daemon = left_by(*sandbox);
  BOOST_TEST(!is_dead(daemon));

  sandbox.reset();

  BOOST_TEST(is_dead(daemon));
}

BOOST_AUTO_TEST_CASE(daemons_are_killed_after_a_crash) {
  const auto sandbox = open("starts_a_daemon_and_faults");

  const CallEnd end = run(*sandbox);

  check_end(end, {"", crashed, "signal 11 (Segmentation fault) during run"});
  BOOST_TEST(is_dead(left_by(*sandbox)));
}

BOOST_DATA_TEST_CASE(a_worker_dies_with_the_program_that_started_it,
                     boost::unit_test::data::make({"loops_by_name", "starts_a_daemon_and_loops"}),
                     kernel) {
  const KernelCall call(tiny);
  const auto sandbox = open(kernel);
  std::ranges::fill(sandbox->arena(call.bytes), std::byte{});  // shared with the fork
  const pid_t program = ::fork();
  if (program == 0) {
    call.run(*sandbox);
    ::_exit(0);
  }
  BOOST_REQUIRE(soon([&] { return left_by(*sandbox) != 0; }));
  const pid_t worker = left_by(*sandbox);
  BOOST_TEST(!is_dead(worker));

  ::kill(program, SIGKILL);
  ::waitpid(program, nullptr, 0);

  BOOST_TEST(soon([&] { return is_dead(worker); }));
}

BOOST_AUTO_TEST_CASE(no_processes_are_left) {
  std::vector<pid_t> daemons;
  for (const char* const kernel :
       {"segfaults", "forks_a_sleeper_and_exits", "starts_a_chain_of_processes",
        "stops_its_parent_unseen", "stops_its_parent_unseen_and_exits", "starts_a_daemon",
        "starts_a_daemon_and_faults", "starts_a_daemon_and_kills_its_parent_unseen"}) {
    const auto sandbox = open(kernel);
    run(*sandbox);
    if (std::string_view(kernel).starts_with("starts_a_daemon"))
      daemons.push_back(left_by(*sandbox));
  }

  for (const pid_t daemon : daemons) BOOST_TEST((daemon > 1 && is_dead(daemon)));
  BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1);
  BOOST_TEST(errno == ECHILD);
}

BOOST_AUTO_TEST_CASE(a_kernel_inherits_no_descriptors_and_no_ignored_signals) {
  const KernelCall call(tiny);
  const int descriptor = ::dup(STDERR_FILENO);  // could be inherited, as the next line's setting
  ::signal(SIGPIPE, SIG_IGN);
  const auto inspector = open("inspects_its_process");
  const auto reader = open("reads_standard_input");

  BOOST_TEST(run(*inspector).how == "");
  BOOST_TEST(run(*reader).how == "");

  // Standard input, output and error, the connection and the arena.
  BOOST_TEST(call.first_output(*inspector) == 5);
  BOOST_TEST(call.first_output(*reader) == 42);
  ::close(descriptor);
  ::signal(SIGPIPE, SIG_DFL);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace convict
