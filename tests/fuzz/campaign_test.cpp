// SPDX-License-Identifier: Apache-2.0
// A search as a whole: what it finds, and how it goes on after an interruption.
#include "fuzz/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "core/errors.hpp"
#include "fuzz/steering.hpp"
#include "reports/journal/counting_journal.hpp"
#include "reports/summary/summary.hpp"
#include "run/run_suite.hpp"
#include "tests/fabricated_run.hpp"
#include "tests/planted_faults.hpp"

namespace convict::fuzz {
namespace {

BOOST_AUTO_TEST_SUITE(campaign_test)

using Subjects = std::vector<sandbox::Subject>;

struct Recorder final : run::Observer {
  void trial(const TrialResult& result) override { results.push_back(result); }
  void checkpoint(const run::Checkpoint& checkpoint) override { last = checkpoint; }
  std::vector<TrialResult> findings() const {
    std::vector<TrialResult> found;
    for (const TrialResult& result : results)
      if (is_finding(result.verdict.outcome)) found.push_back(result);
    return found;
  }
  std::vector<TrialResult> results;
  run::Checkpoint last;
};

CampaignOptions options_for(const Subjects& subjects, std::size_t cases) {
  return {.space = within_reach({.products = 1e4, .large = false}, subjects),
          .cases = cases,
          .epoch = 300};
}

struct Fault {
  const char* name;
  bool (*in)(const Problem&);
};
bool any_axis(const Problem& problem, bool (*holds)(const Problem&, std::size_t)) {
  for (std::size_t a = 0; a < max_rank; ++a)
    if (holds(problem, a)) return true;
  return false;
}
/// Conditions of faults that real kernels had.
constexpr Fault faults[] = {
    {"padding behind only",
     [](const Problem& problem) {
       return any_axis(problem, [](const Problem& p, std::size_t a) {
         return p.spec.padding[a].before == 0 && p.spec.padding[a].after > 0;
       });
     }},
    {"strides that differ",
     [](const Problem& p) { return p.spec.stride[0] != p.spec.stride[1] && p.spec.rank > 1; }},
    {"a gradient with stride and dilation",
     [](const Problem& problem) {
       return problem.pass == Pass::grad_input &&
              any_axis(problem, [](const Problem& p, std::size_t a) {
                return p.spec.stride[a] > 1 && p.spec.dilation[a] > 1;
              });
     }},
    {"groups with several channels",
     [](const Problem& p) { return p.spec.groups > 1 && p.spec.in_channels > p.spec.groups; }},
    {"channels beside 16",
     [](const Problem& p) {
       return p.spec.in_channels % 16 == 15 || p.spec.in_channels % 16 == 1;
     }},
    {"accumulating weights",
     [](const Problem& p) { return p.pass == Pass::grad_weights && p.beta == 1; }},
    {"more than two threads and a second image",
     [](const Problem& p) { return p.threads > 2 && p.spec.batch > 1; }},
};

BOOST_AUTO_TEST_CASE(planted_faults_are_found_within_200_trials) {
  for (const Fault& fault : faults) {
    const Subjects subjects = {planted::off_by_one_where(fault.in)};
    Recorder recorder;

    CampaignOptions options = options_for(subjects, 200);
    options.shrink_s = 0.2;
    const run::RunEnd end = run_campaign(subjects, recorder, options);

    BOOST_TEST(end.tally.findings() > 0, fault.name);
    const auto found = recorder.findings();
    BOOST_REQUIRE(!found.empty());
    BOOST_TEST(!found.front().repeated);
    BOOST_TEST(found.front().shrunk.has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_right_kernel_has_no_finding) {
  const Subjects subjects = {planted::right()};
  Recorder recorder;

  const run::RunEnd end = run_campaign(subjects, recorder, options_for(subjects, 2000));

  for (const TrialResult& result : recorder.findings())
    BOOST_ERROR(to_string(result.trial) << ": " << result.verdict.reason);
  BOOST_TEST(end.tally.total() == 2000);
  BOOST_TEST(end.tally[Outcome::pass] + end.tally.uncalled > 1900);
  BOOST_TEST(recorder.last.trials == 2000);
}

BOOST_AUTO_TEST_CASE(findings_of_one_cluster_or_one_shrunk_problem_are_repeated_after_the_first) {
  const Subjects subjects = {planted::off_by_one_where(
      [](const Problem& problem) { return problem.pass == Pass::forward; })};
  Recorder recorder;

  run_campaign(subjects, recorder, options_for(subjects, 120));

  std::set<std::string> clusters;
  for (const TrialResult& finding : recorder.findings()) {
    BOOST_TEST(finding.repeated == !clusters.insert(finding.cluster).second);
  }
  BOOST_TEST(clusters.size() <= 3U);
  BOOST_TEST(recorder.findings().size() > 10U);
}

BOOST_AUTO_TEST_CASE(several_jobs_carry_out_the_same_trials_in_the_same_order) {
  const Subjects subjects = {planted::right()};
  Recorder one;
  Recorder three;
  CampaignOptions options = options_for(subjects, 400);
  options.epoch = 60;  // so that weights change on the way

  run_campaign(subjects, one, options);
  options.jobs = 3;
  run_campaign(subjects, three, options);

  BOOST_REQUIRE(one.results.size() == three.results.size());
  for (std::size_t i = 0; i < one.results.size(); ++i)
    BOOST_TEST((one.results[i].trial == three.results[i].trial));
}

/// Takes its time over the first result, until `enough` says so or 30 s are over.
struct Slow final : run::Observer {
  explicit Slow(std::function<bool()> waits_for) : enough(std::move(waits_for)) {}
  void trial(const TrialResult& result) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (seeds.empty() && !enough() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    in_time = in_time && enough();
    seeds.push_back(result.trial.recipe.seed);
  }
  std::function<bool()> enough;
  std::vector<std::uint64_t> seeds;
  bool in_time = true;
};

BOOST_AUTO_TEST_CASE(other_jobs_go_on_while_an_observer_works_on_a_result) {
  std::atomic<int> calls = 0;
  const Subjects subjects = {planted::off_by_one_where([&](const Problem&) {
    ++calls;
    return false;
  })};
  std::vector<Trial> trials;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    trials.push_back(parse_trial("c1_i4_k1_f2/forward/f32"));
    trials.back().recipe.seed = seed;
  }
  Slow slow([&] { return calls >= 40; });

  run::run_suite(trials, subjects, slow, {.jobs = 2});

  BOOST_TEST(slow.in_time);
  BOOST_REQUIRE(slow.seeds.size() == trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) BOOST_TEST(slow.seeds[i] == i);
}

/// Every call hangs.
class Hung final : public sandbox::Sandbox {
 public:
  sandbox::Admission admit(const Problem&) override { return {}; }
  std::span<std::byte> arena(std::size_t bytes) override {
    memory_.resize(bytes);
    return memory_;
  }
  sandbox::CallEnd run(const Problem&, const sandbox::Placement&) override {
    return {sandbox::CallEnd::Kind::hung, "no answer"};
  }

 private:
  std::vector<std::byte> memory_;
};

sandbox::Subject that_hangs() {
  Kernel kernel = reference::kernels().front();
  kernel.name = "test.hangs";
  return {kernel, [] { return std::make_unique<Hung>(); }};
}

BOOST_AUTO_TEST_CASE(a_search_ends_and_says_why_when_every_kernel_hung_too_often) {
  const Subjects subjects = {that_hangs()};
  for (const int jobs : {1, 3}) {
    Recorder recorder;
    CampaignOptions options = options_for(subjects, std::numeric_limits<std::size_t>::max());
    options.jobs = jobs;

    const run::RunEnd end = run_campaign(subjects, recorder, options);

    BOOST_TEST(end.reason ==
               fmt::format("given up: each of its first {} calls hung", end.tally[Outcome::hung]));
    BOOST_TEST(end.tally[Outcome::hung] >= 5U);
    BOOST_TEST(end.tally.total() < 200U);
    BOOST_TEST(recorder.results.size() == end.tally.total());
  }
}

BOOST_AUTO_TEST_CASE(a_search_goes_on_with_the_kernels_that_answer) {
  const Subjects subjects = {that_hangs(), planted::right()};
  Recorder recorder;

  const run::RunEnd end = run_campaign(subjects, recorder, options_for(subjects, 100));

  BOOST_TEST(end.reason == "");
  BOOST_TEST(end.tally.total() == 200U);
}

BOOST_AUTO_TEST_CASE(a_search_that_is_over_just_before_an_epoch_ends) {
  const Subjects subjects = {planted::right()};
  Recorder recorder;
  CampaignOptions options = options_for(subjects, 59);
  options.epoch = 60;
  options.jobs = 3;

  BOOST_TEST(run_campaign(subjects, recorder, options).tally.total() == 59U);
}

BOOST_AUTO_TEST_CASE(what_was_found_or_ran_too_little_gets_more_weight_within_bounds) {
  std::vector<run::FeatureCount> counts = no_counts();
  const Weights first = first_weights();
  constexpr std::size_t trials = 10'000;
  for (run::FeatureCount& count : counts) count.ran = {trials, trials, trials};
  counts[3].findings = 2;
  counts[4].ran = {};

  const Weights weights = steer(counts, trials);

  BOOST_TEST(weights[0] == first[0]);
  BOOST_TEST(weights[3] > first[3]);
  BOOST_TEST(weights[4] > first[4]);
  for (std::size_t i = 0; i < weights.size(); ++i) BOOST_TEST(weights[i] <= 3 * first[i]);
}

/// A campaign that keeps its journal in `folder`.
void search_in(const std::filesystem::path& folder, const Subjects& subjects, std::size_t cases,
               run::Observer* also = nullptr) {
  const std::filesystem::path path = folder / "journal.jsonl";
  const bool resume = std::filesystem::exists(path);
  Past past;
  CampaignOptions options = options_for(subjects, cases);
  options.shrink_s = 0.1;
  if (resume) {
    reports::read_journal(path, past);
    options.past = &past;
  }
  reports::CountingJournal journal(resume ? reports::Journal::resumed(folder)
                                          : reports::Journal(folder));
  struct Both final : run::Observer {
    Both(run::Observer& first, run::Observer* other) : a(first), b(other) {}
    void trial(const TrialResult& result) override {
      a.trial(result);
      if (b != nullptr) b->trial(result);
    }
    void checkpoint(const run::Checkpoint& checkpoint) override { a.checkpoint(checkpoint); }
    run::Observer& a;
    run::Observer* b;
  } both(journal, also);
  journal.begin(fabricated::info({subjects.front().kernel.name}, 0));
  journal.end(run_campaign(subjects, both, options));
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> findings_in(const std::filesystem::path& folder) {
  std::vector<std::string> findings;
  for (const TrialResult& result : reports::read_journal(folder / "journal.jsonl").results)
    if (is_finding(result.verdict.outcome)) findings.push_back(to_string(result.trial));
  return findings;
}

bool is_rare(const Problem& problem) {
  return problem.spec.groups > 1 && problem.spec.stride[0] > 1 && problem.pass == Pass::forward;
}

BOOST_AUTO_TEST_CASE(a_journal_counts_passes_and_has_a_line_of_everything_else) {
  const Subjects subjects = {planted::off_by_one_where(is_rare)};
  const fabricated::Folder folder;
  Recorder recorder;

  search_in(folder.path(), subjects, 400, &recorder);

  const std::vector<reports::JournalData> journals = {
      reports::read_journal(folder / "journal.jsonl")};
  const reports::Summary summary = reports::summarize(journals);
  BOOST_TEST(summary.tally.total() == 400);
  BOOST_TEST(findings_in(folder.path()).size() == recorder.findings().size());
  BOOST_TEST(journals.front().results.size() == 400 - summary.tally[Outcome::pass] -
                                                    summary.tally.uncalled -
                                                    summary.tally[Outcome::unsupported]);
  BOOST_TEST(summary.features.size() == no_counts().size());
}

BOOST_AUTO_TEST_CASE(a_search_cut_off_anywhere_goes_on_as_if_it_had_not_been) {
  const Subjects subjects = {planted::off_by_one_where(is_rare)};
  const fabricated::Folder whole;
  Recorder uninterrupted;
  search_in(whole.path(), subjects, 600, &uninterrupted);
  const std::vector<std::string> lines = lines_of(whole / "journal.jsonl");
  const std::vector<std::string> all_findings = findings_in(whole.path());
  BOOST_REQUIRE(all_findings.size() > 3);

  for (std::size_t kept = 1; kept < lines.size();
       kept += std::max<std::size_t>(1, lines.size() / 4)) {
    const fabricated::Folder cut;
    {
      std::ofstream file(cut / "journal.jsonl");
      for (std::size_t i = 0; i < kept; ++i) file << lines[i] << '\n';
      file << lines[kept].substr(0, lines[kept].size() / 2);  // torn
    }
    Recorder resumed;

    search_in(cut.path(), subjects, 600, &resumed);

    BOOST_TEST(findings_in(cut.path()) == all_findings, boost::test_tools::per_element());
    const std::vector<reports::JournalData> journals = {
        reports::read_journal(cut / "journal.jsonl")};
    BOOST_TEST(reports::summarize(journals).tally.total() == 600);
    // What ran again is the end of what ran without interruption.
    const auto& all = uninterrupted.results;
    BOOST_REQUIRE(resumed.results.size() <= all.size());
    for (const TrialResult& result : resumed.results)
      BOOST_TEST(std::ranges::any_of(
          all, [&](const TrialResult& other) { return other.trial == result.trial; }));
  }
}

BOOST_AUTO_TEST_CASE(what_was_reported_is_not_reported_again_after_a_second_interruption) {
  const TrialResult finding = fabricated::failed("a.b", "c1_i4_k1_f2/forward/f32/seed=9", "off");
  Past past;
  past.checkpoint({.trials = 5});
  past.trial(finding);  // trial 9; killed, resumed from trial 5 and killed again before trial 9
  past.checkpoint({.trials = 7});

  BOOST_TEST(past.was_reported(finding));
  BOOST_TEST(past.reached().trials == 7U);
}

BOOST_AUTO_TEST_CASE(nothing_is_drawn_that_no_kernel_takes) {
  Kernel narrow = reference::kernels().front();
  narrow.passes = {Pass::forward};
  narrow.precisions = {Precision::f16};
  const Subjects subjects = {sandbox::in_process(narrow)};

  const Space space = within_reach({}, subjects);

  BOOST_TEST((space.passes == std::vector{Pass::forward}));
  BOOST_TEST((space.precisions == std::vector{Precision::f16}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::fuzz
