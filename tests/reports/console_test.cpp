// SPDX-License-Identifier: Apache-2.0
#include "reports/console/console.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/console/progress.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(console_test)

using namespace fabricated;

/// A clock that advances by `step` seconds each time it is read.
Clock stepping(double step) {
  return [now = 0.0, step]() mutable { return now += step; };
}

std::string console_text(const Run& run, ConsoleOptions options) {
  if (options.clock.target_type() == Clock(steady_seconds).target_type())
    options.clock = stepping(0);
  std::ostringstream out;
  {
    Console console(out, std::move(options));
    play(run, console);
  }
  return out.str();
}

BOOST_AUTO_TEST_SUITE(console)

BOOST_AUTO_TEST_CASE(a_run_without_findings_is_a_table_and_a_sentence) {
  const Run run{.info = info({"optimized.good", "optimized.idle"}, 2),
                .results = {passed("optimized.good", "c1_i4_k1_f2/forward/f32", 0.031),
                            passed("optimized.good", "c1_i4_k1_f2/forward/f64")}};

  BOOST_TEST(console_text(run, {}) == R"(convict conform --suite core
2 kernels, suite core, seed 17, 2 trials

kernel          calls  ran  pass  fail  mistrusted  unsupported  crashed  hung  worst error/bound  time
optimized.good      2    2     2     -           -            -        -     -              0.031  4 ms
optimized.idle      -    -     -     -           -            -        -     -                  -  0 ms
worst error/bound: the largest error in units of what rounding can explain in that element; above 1 is wrong

2 kernels, 2 trials run: no finding.
)");
}

BOOST_AUTO_TEST_CASE(a_run_with_findings_shows_each_with_its_replay_line) {
  BOOST_TEST(console_text(mixed_run(), {.directory = "out"}) ==
             R"(convict conform --suite core
2 kernels, suite core, seed 17, 8 trials
FAIL optimized.odd: 3 of 100 elements are outside
     at (0, 1, 2): 3 instead of 4, bound 0.25
     convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_p1/forward/f64'
CRASHED optimized.odd: signal 11
     convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_d2_p1/forward/f32'
HUNG optimized.odd: no answer in 10 s
     convict replay --kernel optimized.odd 'n2_c4_i9x8_k6_f3x3_s2_p1/forward/f32'

kernel          calls  ran  pass  fail  mistrusted  unsupported  crashed  hung  worst error/bound   time
optimized.good      2    2     2     -           -            -        -     -                0.5   4 ms
optimized.odd       5    5     1     1           1            1        1     1                 40  12 ms
mistrusted: passed, but on data that could not have revealed a fault (a right result of zeros, a bound wider than one product, no bound)
worst error/bound: the largest error in units of what rounding can explain in that element; above 1 is wrong

optimized.odd: no pattern found in 3 findings of 5 trials

2 kernels, 7 trials run: 3 findings in 1 kernel; 1 mistrusted, 1 unsupported; see out/report.html.
)");
}

BOOST_AUTO_TEST_CASE(quiet_leaves_findings_and_the_sentence) {
  const Run run{.info = info({"a.b"}, 2),
                .results = {failed("a.b", "c1_i4_k1_f2/forward/f32", "off"),
                            passed("a.b", "c1_i4_k1_f2/forward/f64")}};

  BOOST_TEST(console_text(run, {.quiet = true, .clock = stepping(60)}) ==
             R"(FAIL a.b: off
     at (0, 1, 2): 3 instead of 4, bound 0.25
     convict replay --kernel a.b 'c1_i4_k1_f2/forward/f32'
1 kernel, 2 trials run: 1 finding in 1 kernel.
)");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_fails_often_is_shown_ten_times) {
  Run run{.info = info({"a.b"}, 1234)};
  for (int i = 0; i < 1234; ++i)
    run.results.push_back(failed("a.b", "c1_i4_k1_f2/forward/f32", "off"));

  const std::string text = console_text(run, {.quiet = true, .directory = "out"});

  BOOST_TEST(std::ranges::count(text, '\n') == 10 * 3 + 2);
  BOOST_TEST(text.ends_with(R"(
a.b: … and 1,224 more in out/journal.jsonl
1 kernel, 1,234 trials run: 1,234 findings in 1 kernel; see out/report.html.
)"));
}

BOOST_AUTO_TEST_CASE(a_log_gets_a_progress_line_every_ten_seconds) {
  Run run{.info = info({"a.b"}, 12)};
  for (int i = 0; i < 12; ++i) run.results.push_back(passed("a.b", "c1_i4_k1_f2/forward/f32"));

  const std::string text = console_text(run, {.clock = stepping(2)});

  BOOST_TEST(contains(text, R"(12 trials
5 of 12 trials (41 %), 0.4/s, 17 s left, no finding
10 of 12 trials (83 %), 0.4/s, 4.8 s left, no finding

kernel)"));
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_one_line_that_is_rewritten_and_removed) {
  const Run run{.info = info({"a.b"}, 3),
                .results = {passed("a.b", "c1_i4_k1_f2/forward/f32"),
                            failed("a.b", "c1_i4_k1_f2/forward/f64", "off"),
                            passed("a.b", "c1_i4_k1_f2/forward/f32")}};

  const std::string text = console_text(run, {.terminal = true, .width = 40, .clock = stepping(1)});

  BOOST_TEST(
      text.starts_with("convict conform --suite core\n1 kernel, suite core, seed 17, 3 trials\n"
                       "\r1 of 3 trials (33 %), 0.5/s, 4.0 s left\x1b[K"
                       "\r\x1b[KFAIL a.b: off\n"));
  BOOST_TEST(contains(text, "f64'\n\r2 of 3 trials"));
  BOOST_TEST(contains(text, "\x1b[K\r\x1b[K\nkernel"));
}

BOOST_AUTO_TEST_CASE(the_status_line_goes_away_when_the_run_ends_in_an_exception) {
  std::ostringstream out;
  {
    Console console(out, {.terminal = true, .clock = stepping(1)});
    console.begin(info({"a.b"}, 2));
    console.trial(passed("a.b", "c1_i4_k1_f2/forward/f32"));
  }

  BOOST_TEST(out.str().ends_with("\r\x1b[K"));
}

BOOST_AUTO_TEST_CASE(a_reason_cannot_control_the_terminal) {
  const Run run{.info = info({"a.b"}, 1),
                .results = {failed("a.b", "c1_i4_k1_f2/forward/f32", "red \x1b[31m\nFAKE: ok")}};

  const std::string text = console_text(run, {.quiet = true});

  BOOST_TEST(text.starts_with("FAIL a.b: red \\x1b[31m\\x0aFAKE: ok\n"));
}

BOOST_AUTO_TEST_CASE(the_sentence_says_when_nothing_ran_or_the_run_was_interrupted) {
  const Run refused{
      .info = info({"a.b"}, 1),
      .results = {result("a.b", "c1_i4_k1_f2/forward/f32", Outcome::unsupported, "2-D only")}};
  const Run stopped{.info = info({"a.b"}, 5),
                    .results = {passed("a.b", "c1_i4_k1_f2/forward/f32")},
                    .interrupted = true};

  BOOST_TEST(console_text(refused, {.quiet = true}) ==
             "a.b was never called: 1 × 2-D only\n1 kernel, nothing ran; 1 unsupported.\n");
  BOOST_TEST(console_text(stopped, {.quiet = true}) ==
             "Interrupted: 1 kernel, 1 trial run: no finding.\n");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_fails_before_every_call_is_told_with_its_reasons) {
  Run run{.info = info({"a.b"}, 3)};
  for (const char* const trial : {"c1_i4_k1_f2/forward/f32", "c1_i5_k1_f2/forward/f32"})
    run.results.push_back(result("a.b", trial, Outcome::crashed, "signal 11 during refuses"));
  run.results.push_back(passed("a.b", "c1_i2_k1_f5/forward/f32/check=must_refuse"));
  for (TrialResult& result : run.results) result.calls = 0;

  const std::string text = console_text(run, {});
  BOOST_TEST(text.find("a.b was never called: 2 × failed before a call\n") != std::string::npos,
             text);

  BOOST_TEST(text.find("1 kernel, nothing ran: 2 findings in 1 kernel; 1 without a call.\n") !=
                 std::string::npos,
             text);

  run.results.erase(run.results.begin(), run.results.begin() + 2);
  BOOST_TEST(console_text(run, {.quiet = true})
                 .starts_with("a.b was never called: no trial needed a call\n"));
}

/// What a kernel that refuses everything but what it must refuse gets.
Run refusing_run() {
  Run run{.info = info({"a.b"}, 4)};
  run.results = {passed("a.b", "c1_i2_k1_f5/forward/f32/check=must_refuse"),
                 passed("a.b", "c1_i4_k1_f2/forward/f32/check=power"),
                 result("a.b", "c1_i4_k1_f2/forward/f32", Outcome::unsupported, "no"),
                 result("a.b", "c1_i5_k1_f2/forward/f32", Outcome::unsupported, "no")};
  for (TrialResult& result : run.results) result.calls = 0;
  return run;
}

BOOST_AUTO_TEST_CASE(a_kernel_that_refuses_everything_has_no_pass) {
  BOOST_TEST(console_text(refusing_run(), {}) == R"(convict conform --suite core
1 kernel, suite core, seed 17, 4 trials

kernel  calls  ran  pass  fail  mistrusted  unsupported  crashed  hung  no call  worst error/bound  time
a.b         -    -     -     -           -            2        -     -        2                  -  8 ms
no call: passed without a call of the kernel; it refused an invalid problem, as it must, or the judge tested itself (check=power)

a.b was never called: 2 × no

1 kernel, nothing ran; 2 unsupported, 2 without a call.
)");
}

BOOST_AUTO_TEST_CASE(calls_and_trials_that_were_not_tried_have_columns) {
  Run run{.info = info({"a.b"}, 3),
          .results = {passed("a.b", "c1_i4_k1_f2/forward/f32"),
                      result("a.b", "c1_i9_k1_f2_s4/forward/f32", Outcome::hung, "no answer"),
                      result("a.b", "c1_i8_k1_f2_s4/forward/f32", Outcome::not_tried,
                             "hung nearby: stride >= 3")}};
  run.results[0].calls = 2;
  run.results[1].calls = 1;
  run.results[2].calls = 0;

  const std::string text = console_text(run, {});

  BOOST_TEST(contains(text, R"(
kernel  calls  ran  pass  fail  mistrusted  unsupported  not tried  crashed  hung  worst error/bound  time
a.b         3    2     1     -           -            -          1        -     1                  -  6 ms
)"));
  BOOST_TEST(contains(text, "2 trials run: 1 finding in 1 kernel; 1 not tried."));
}

BOOST_AUTO_TEST_CASE(a_run_says_how_few_problems_a_kernel_takes_and_what_was_too_large) {
  Run run{.info = info({"a.b"}, 120)};
  for (int i = 0; i < 4; ++i) run.results.push_back(passed("a.b", "c1_i4_k1_f2/forward/f32"));
  for (int i = 0; i < 114; ++i)
    run.results.push_back(result("a.b", "c1_i4_k1_f2/forward/f32", Outcome::unsupported,
                                 i < 100 ? "depthwise only" : "2-D only"));
  run.results.push_back(
      result("a.b", "c1_i4_k1_f2/forward/f32", Outcome::unsupported, "refused in run: no plan"));
  run.results.push_back(result("a.b", "c1_i4_k1_f2/forward/f32", Outcome::unsupported,
                               "too large here: a trial takes about 40 GiB"));

  const std::string text = console_text(run, {});

  BOOST_TEST(contains(text, R"(
a.b took only 4 of 120 problems (3.3 %): 100 × depthwise only; 14 × 2-D only; 1 × refused in run: no plan; 1 × too large here: a trial takes about 40 GiB
a.b refused 1 problem only in run: 1 × refused in run: no plan
a.b: 1 trial left out because of size: 1 × too large here: a trial takes about 40 GiB
)"));
}

BOOST_AUTO_TEST_CASE(an_open_ended_run_shows_how_long_it_has_run) {
  BOOST_TEST(progress_text({.done = 5000, .planned = 0, .findings = 2, .elapsed_s = 4}) ==
             "5,000 trials, 1,250/s, 4.0 s so far, 2 findings");
  BOOST_TEST(progress_text({.done = 0, .planned = 10, .findings = 0, .elapsed_s = 4}) ==
             "0 of 10 trials (0 %), no finding");
}

BOOST_AUTO_TEST_CASE(json_output_is_one_object_and_nothing_else) {
  std::ostringstream out;
  JsonConsole console(out);

  play(mixed_run(), console);

  const auto json = nlohmann::json::parse(out.str());
  BOOST_TEST(std::ranges::count(out.str(), '\n') == 1);
  BOOST_TEST(json["format"] == "convict-totals");
  BOOST_TEST(json["seed"] == 17);
  BOOST_TEST(json["trials"] == 8);
  BOOST_TEST(json["findings"] == 3);
  BOOST_TEST(json["tally"]["pass"] == 3);
  BOOST_TEST(json["tally"]["mistrusted"] == 1);
  BOOST_TEST(json["kernels"][1]["name"] == "optimized.odd");
  BOOST_TEST(json["kernels"][1]["tally"]["crashed"] == 1);
  BOOST_TEST(json["kernels"][1]["worst_ratio"] == 40);
  BOOST_TEST(json["kernels"][1]["conditions"].empty());
  BOOST_TEST(json["kernels"][1]["worst_trial"] == "n2_c4_i9x8_k6_f3x3_p1/forward/f64");
}

/// Forty trials, those with dilation fail.
Run dilated_run() {
  Run run{.info = info({"a.b"}, 40)};
  for (int i = 0; i < 40; ++i) {
    const std::string trial =
        fmt::format("c{}_i{}_k1_f3{}/forward/f32", 1 + i % 5, 9 + i % 7, i % 4 == 0 ? "_d2" : "");
    run.results.push_back(i % 4 == 0 ? failed("a.b", trial, "off") : passed("a.b", trial));
  }
  return run;
}

BOOST_AUTO_TEST_CASE(failure_conditions_are_printed_under_the_table) {
  const std::string text = console_text(dilated_run(), {});

  BOOST_TEST(contains(text, R"(; above 1 is wrong

a.b fails iff dilation > 1: 10 of 10 trials, 0 of 30 elsewhere

1 kernel, 40 trials)"));
}

BOOST_AUTO_TEST_CASE(json_output_has_the_conditions) {
  std::ostringstream out;
  JsonConsole console(out);

  play(dilated_run(), console);

  const auto condition = nlohmann::json::parse(out.str())["kernels"][0]["conditions"][0];
  BOOST_TEST(condition["literals"] == nlohmann::json::array({"dilation > 1"}));
  BOOST_TEST(condition["failed"] == 10);
  BOOST_TEST(condition["trials"] == 10);
  BOOST_TEST(condition["failed_elsewhere"] == 0);
  BOOST_TEST(condition["trials_elsewhere"] == 30);
  BOOST_TEST(condition["log10_p"].get<double>() < -4);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
