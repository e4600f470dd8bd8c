// SPDX-License-Identifier: Apache-2.0
// Reports of a search: checkpoints, the table of features, clusters of findings.
#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

#include "core/errors.hpp"
#include "reports/console/console.hpp"
#include "reports/console/progress.hpp"
#include "reports/documents/junit.hpp"
#include "reports/documents/markdown.hpp"
#include "reports/journal/counting_journal.hpp"
#include "reports/journal/journal_lines.hpp"
#include "reports/tables/feature_table.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(conjunction_search_test)

using fabricated::contains;

run::Checkpoint some_checkpoint() {
  run::Tally tally;
  tally[Outcome::pass] = 40;
  tally[Outcome::unsupported] = 2;
  return {
      .trials = 42,
      .counted = {{.kernel = "a.b",
                   .tally = tally,
                   .unsupported = {{"2-D only", 2}},
                   .features = {{"rank: 2d", tally}, {"fill exact", tally}},
                   .worst_ratio = 0.5,
                   .worst_trial = parse_trial("c1_i1_k1_f1/forward/f32"),
                   .time_ms = 12.5}},
      .pairs = {{.first = "a.b",
                 .second = "c.d",
                 .shared = 9,
                 .same = 5,
                 .both_right = 3,
                 .one_wrong = 1,
                 .uneven = 1,
                 .steepest = 12.5,
                 .uneven_trial = parse_trial("c1_i1_k1_f1/forward/f32"),
                 .one_wrong_trial = parse_trial("c2_i1_k1_f1/forward/f32")}},
      .features = {
          {.name = "stride", .weight = 50, .tried = {30, 8, 1}, .ran = {1234, 0, 0}, .findings = 3},
          {.name = "flip"}}};
}

BOOST_AUTO_TEST_CASE(a_checkpoint_survives_its_line) {
  const std::string line = line_of(some_checkpoint());

  const auto again = std::get<run::Checkpoint>(parse_line(line));

  BOOST_TEST(line_of(again) == line);
  BOOST_TEST(again.trials == 42);
  BOOST_TEST(again.counted.front().tally[Outcome::pass] == 40);
  BOOST_TEST(again.counted.front().unsupported.at("2-D only") == 2);
  BOOST_TEST((again.counted.front().worst_trial == some_checkpoint().counted.front().worst_trial));
  BOOST_TEST(again.features.front().ran[0] == 1234);
  BOOST_CHECK_THROW(parse_line(R"({"type":"checkpoint","trials":1})"), InputError);
}

BOOST_AUTO_TEST_CASE(a_finding_survives_its_line_with_what_the_search_adds) {
  TrialResult finding = fabricated::failed("a.b", "n2_c4_i9_k6_f3/forward/f32", "wrong");
  finding.shrunk = parse_trial("c1_i1_k1_f1/forward/f32");
  finding.cluster = "forward fail by exact: wrong";
  finding.evidence = "out/evidence/0001.h5";
  finding.repeated = true;
  finding.cause = "fails where C > 1: in 40 of 40 probes with it, in 0 of 41 without";
  finding.replays = 10;
  finding.came_back = 3;

  const auto again = std::get<TrialResult>(parse_line(line_of(finding)));

  BOOST_TEST((again.shrunk == finding.shrunk));
  BOOST_TEST(again.cluster == finding.cluster);
  BOOST_TEST(again.evidence == finding.evidence);
  BOOST_TEST(again.repeated);
  BOOST_TEST(again.cause == finding.cause);
  BOOST_TEST(again.replays == 10);
  BOOST_TEST(again.came_back == 3);
}

BOOST_AUTO_TEST_CASE(counted_results_are_in_the_summary_like_listed_ones) {
  const fabricated::Folder folder;
  const fabricated::Run run = fabricated::mixed_run();
  {
    CountingJournal journal{Journal(folder.path())};
    journal.begin(run.info);
    for (const TrialResult& result : run.results) journal.trial(result);
    journal.checkpoint({.trials = 4});
    journal.end({});
  }
  Summarizer listed;
  fabricated::play(run, listed);
  Summarizer counted;

  read_journal(folder / "journal.jsonl", counted);

  BOOST_REQUIRE(counted.summary().kernels.size() == listed.summary().kernels.size());
  for (std::size_t i = 0; i < listed.summary().kernels.size(); ++i) {
    const KernelSummary& expected = listed.summary().kernels[i];
    const KernelSummary& found = counted.summary().kernels[i];
    BOOST_TEST(found.tally.counts == expected.tally.counts, boost::test_tools::per_element());
    BOOST_TEST((found.unsupported == expected.unsupported));
    BOOST_TEST(found.time_ms == expected.time_ms);
    BOOST_TEST(found.worst_ratio == expected.worst_ratio);
    BOOST_TEST(found.findings.size() == expected.findings.size());
    for (std::size_t f = 0; f < expected.features.size(); ++f)
      BOOST_TEST(found.features[f].counts == expected.features[f].counts,
                 boost::test_tools::per_element());
  }
}

/// Trials of which those with dilation fail; `trials` of them, one in four dilated.
fabricated::Run dilated_run(int trials) {
  fabricated::Run run{.info = fabricated::info({"a.b"}, 0)};
  for (int i = 0; i < trials; ++i) {
    const std::string trial =
        fmt::format("c{}_i{}_k1_f3{}/forward/f32", 1 + i % 5, 9 + i % 7, i % 4 == 0 ? "_d2" : "");
    run.results.push_back(i % 4 == 0 ? fabricated::failed("a.b", trial, "off")
                                     : fabricated::passed("a.b", trial));
  }
  return run;
}

void write_search(const fabricated::Run& run, const std::filesystem::path& folder) {
  CountingJournal journal{Journal(folder)};
  journal.begin(run.info);
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    journal.trial(run.results[i]);
    if (i % 500 == 499) journal.checkpoint({.trials = i + 1});
  }
  journal.checkpoint({.trials = run.results.size(), .features = some_checkpoint().features});
  journal.end({});
}

std::vector<FailureCondition> conditions_in(const std::filesystem::path& folder) {
  Summarizer again;
  read_journal(folder / "journal.jsonl", again);
  return again.summary().kernels.front().conditions;
}

BOOST_AUTO_TEST_CASE(a_journal_that_counts_passes_gives_failure_conditions) {
  const fabricated::Folder few;
  const fabricated::Folder many;
  write_search(dilated_run(400), few.path());
  write_search(dilated_run(8000), many.path());

  BOOST_REQUIRE(conditions_in(few.path()).size() == 1);
  BOOST_TEST(condition_text(conditions_in(few.path()).front()) ==
             "fails iff dilation > 1: 100 of 100 trials, 0 of 300 elsewhere");
  BOOST_REQUIRE(conditions_in(many.path()).size() == 1);
  const std::string text = condition_text(conditions_in(many.path()).front());
  BOOST_TEST(contains(text, "fails iff dilation > 1: 2,000 of 2,000 trials, 0 of "));
  BOOST_TEST(text.ends_with(" elsewhere (of the passes, a sample)"));
  BOOST_TEST(std::filesystem::file_size(many / "journal.jsonl") < 2'000'000);
}

BOOST_AUTO_TEST_CASE(without_named_passes_a_journal_gives_no_condition) {
  Summarizer summarizer;
  summarizer.begin(fabricated::info({"a.b"}, 0));
  summarizer.trial(fabricated::failed("a.b", "c1_i4_k1_f2/forward/f32", "off"));
  summarizer.checkpoint(some_checkpoint());
  summarizer.end({});

  BOOST_TEST(summarizer.summary().kernels.front().conditions.empty());
}

BOOST_AUTO_TEST_CASE(junit_of_a_search_has_a_case_for_each_pass_and_says_where_it_fails) {
  const fabricated::Folder folder;
  fabricated::Run run = dilated_run(400);
  run.results.push_back(fabricated::result("a.b", "c1_i4_k1_f2/grad_input/f32",
                                           Outcome::unsupported, "forward only"));
  run.results.push_back(fabricated::passed("a.b", "c1_i2_k1_f3/forward/f32/check=must_refuse"));
  write_search(run, folder.path());
  {
    Junit junit(folder / "junit.xml", Junit::Cases::by_pass);
    read_journal(folder / "journal.jsonl", junit);
  }
  std::ifstream file(folder / "junit.xml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};

  BOOST_TEST(
      contains(text, R"(<testsuite name="a.b" tests="3" failures="1" errors="0" skipped="1")"));
  BOOST_TEST(contains(text, "message=\"100 of 400 trials: off\""));
  BOOST_TEST(contains(text, ">a.b fails iff dilation &gt; 1: 100 of 100 trials, 0 of 30"));
  BOOST_TEST(contains(text, "1 unsupported: forward only"));
}

BOOST_AUTO_TEST_CASE(a_fault_at_guard_pages_only_has_that_condition) {
  fabricated::Run run{.info = fabricated::info({"a.b"}, 0)};
  for (int i = 0; i < 90; ++i) {
    const std::string trial = fmt::format("c{}_i9_k{}_f3/forward/f32{}", 1 + i % 5, 1 + i % 7,
                                          i % 3 == 0   ? "/guard=right"
                                          : i % 3 == 1 ? "/guard=left"
                                                       : "");
    run.results.push_back(i % 3 == 0 ? fabricated::failed("a.b", trial, "signal 11")
                                     : fabricated::passed("a.b", trial));
  }
  Summarizer summarizer;
  fabricated::play(run, summarizer);

  const auto& conditions = summarizer.summary().kernels.front().conditions;

  BOOST_REQUIRE(conditions.size() == 1);
  BOOST_TEST(condition_text(conditions.front()) ==
             "fails iff guard=right: 30 of 30 trials, 0 of 60 elsewhere");
  BOOST_TEST(contains(markdown_summary(summarizer.summary()),
                      "\n- fails iff guard=right: 30 of 30 trials"));
}

BOOST_AUTO_TEST_CASE(features_that_no_trial_had_are_visible) {
  const std::string table = feature_table(some_checkpoint().features);

  BOOST_TEST(table ==
             "feature       forward    grad_input  grad_weights  findings\n"
             "stride          1,234       refused       refused         3\n"
             "flip      not reached   not reached   not reached         -\n");
}

BOOST_AUTO_TEST_CASE(findings_of_one_cluster_are_shown_once_with_their_number) {
  std::ostringstream out;
  Console console(out, {.clock = [] { return 0.0; }});
  console.begin(fabricated::info({"a.b"}, 0));
  TrialResult finding = fabricated::failed("a.b", "n2_c4_i9_k6_f3/forward/f32", "3 of 9 wrong");
  finding.cluster = "wrong";
  finding.shrunk = parse_trial("c1_i1_k1_f1/forward/f32");
  finding.cause = "fails where C > 1: in 40 of 40 probes with it, in 0 of 41 without";
  finding.replays = 10;
  finding.came_back = 3;
  console.trial(finding);
  finding.repeated = true;
  finding.shrunk.reset();
  console.trial(finding);
  console.trial(finding);
  console.end({});

  const std::string text = out.str();
  BOOST_TEST(contains(text, "shrunk from n2_c4_i9_k6_f3/forward/f32"));
  BOOST_TEST(contains(text, "     fails where C > 1: in 40 of 40 probes with it"));
  BOOST_TEST(contains(text, "     came back in 3 of 10 replays"));
  BOOST_TEST(contains(text, "a.b: 2 more like this one: 3 of 9 wrong"));
  BOOST_TEST(contains(text, "convict replay --kernel a.b 'c1_i1_k1_f1/forward/f32'"));
  BOOST_TEST(text.find("FAIL") == text.rfind("FAIL"));
}

BOOST_AUTO_TEST_CASE(an_open_ended_run_with_a_time_limit_says_what_is_left) {
  BOOST_TEST(progress_text({.done = 300, .elapsed_s = 20, .limit_s = 60}) ==
             "300 trials, 15/s, 40 s left, no finding");
}

/// Files of this process cannot grow beyond `bytes`, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_that_loses_nothing_earlier) {
  const fabricated::Folder folder;
  const std::filesystem::path path = folder / "journal.jsonl";
  {
    Journal journal(folder.path());
    journal.begin(fabricated::info({"a.b"}, 0));
    journal.checkpoint(some_checkpoint());
    const FullDisk disk(std::filesystem::file_size(path) + 20);

    BOOST_CHECK_THROW(journal.checkpoint(some_checkpoint()), EnvironmentError);
  }

  const JournalData data = read_journal(path);
  BOOST_TEST(data.incomplete);
  BOOST_TEST(data.counted.size() == 1);
  Journal resumed = Journal::resumed(folder.path());
  resumed.checkpoint(some_checkpoint());
  BOOST_TEST(read_journal(path).counted.size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
