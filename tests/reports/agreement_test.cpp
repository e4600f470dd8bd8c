// SPDX-License-Identifier: Apache-2.0
// Which kernels agree with each other and with the truth.
#include "reports/agreement.hpp"

#include <boost/test/unit_test.hpp>

#include "core/errors.hpp"
#include "reports/documents/markdown.hpp"
#include "reports/journal/counting_journal.hpp"
#include "reports/journal/journal_lines.hpp"
#include "reports/summary/summary.hpp"
#include "reports/tables/agreement_table.hpp"
#include "run/run_suite.hpp"
#include "tests/fabricated_run.hpp"
#include "tests/planted_faults.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(agreement_test)

using namespace fabricated;

constexpr std::string_view exact = "c1_i4_k1_f2/forward/f32/seed=";
constexpr std::string_view real = "c1_i4_k1_f2/forward/f32/fill=flat,seed=";

/// A result of `kernel` in trial `number`; `result` stands for its values.
TrialResult made(std::string kernel, std::string_view trial, int number, std::uint64_t result,
                 Outcome outcome = Outcome::pass, double error = 0) {
  TrialResult built = fabricated::result(std::move(kernel),
                                         std::string(trial) + std::to_string(number + 1), outcome);
  built.verdict.layer = trial == exact ? "exact" : "bound";
  built.verdict.fingerprint = {.operands = 1, .result = result, .error = error};
  return built;
}

/// Three kernels on 8 trials: `twin` has the results of `first`; `odd` is wrong twice, elsewhere
/// within its bound, once with a large error.
Run three_kernels() {
  Run run{.info = info({"a.first", "a.twin", "a.odd"}, 24)};
  const auto add = [&](TrialResult result) { run.results.push_back(std::move(result)); };
  for (int i = 0; i < 8; ++i) {
    const std::string_view trial = i < 4 ? exact : real;
    const auto value = 100 + static_cast<std::uint64_t>(i);
    const bool wrong = i < 2;
    add(made("a.first", trial, i, value));
    add(made("a.twin", trial, i, value));
    if (wrong)
      add(made("a.odd", trial, i, value + 1000, Outcome::fail));
    else
      add(made("a.odd", trial, i, i < 5 ? value : value + 1000, Outcome::pass, i == 7 ? 250 : 2));
  }
  return run;
}

std::vector<run::PairAgreement> pairs_of(const Run& run) {
  Summarizer summarizer;
  play(run, summarizer);
  return summarizer.summary().pairs;
}

BOOST_AUTO_TEST_CASE(kernels_with_the_same_values_are_a_group_and_the_others_are_counted) {
  BOOST_TEST(agreement_table(pairs_of(three_kernels()), 10) ==
             R"(the same values in every shared trial: a.first, a.twin
agreement            shared  same values  both right  one wrong  both wrong  errors 10x apart
a.first & a.odd           8            3           3          2           -                 1
a.twin & a.odd            8            3           3          2           -                 1
the truth & a.odd         8            2           4          2           -                 -
the truth & a.first       8            4           4          -           -                 -
the truth & a.twin        8            4           4          -           -                 -
shared: trials that both have a result of; same values: identical results; errors 10x apart: both right, one with more than 10 times the error of the other
a.odd errs up to 250 times as much as a.first, though both pass: c1_i4_k1_f2/forward/f32/fill=flat,seed=8
a.odd errs up to 250 times as much as a.twin, though both pass: c1_i4_k1_f2/forward/f32/fill=flat,seed=8
)");
}

BOOST_AUTO_TEST_CASE(pairs_that_do_not_fit_are_counted) {
  const std::string table = agreement_table(pairs_of(three_kernels()), 2);

  BOOST_TEST(contains(table, "a.twin & a.odd"));
  BOOST_TEST(!contains(table, "the truth"));
  BOOST_TEST(contains(table, "… and 3 more pairs that differ\n"));
}

BOOST_AUTO_TEST_CASE(one_kernel_alone_has_no_agreement_table) {
  const Run run{.info = info({"a.b"}, 1), .results = {made("a.b", exact, 0, 7)}};

  BOOST_TEST(agreement_table(pairs_of(run), 10).empty());
  BOOST_TEST(agreement_markdown(pairs_of(run), 10).empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_result_that_two_kernels_share_casts_doubt_on_the_truth) {
  const Run run{.info = info({"a.b", "c.d"}, 2),
                .results = {made("a.b", exact, 0, 7, Outcome::fail),
                            made("c.d", exact, 0, 7, Outcome::fail)}};
  const std::vector<run::PairAgreement> pairs = pairs_of(run);

  BOOST_TEST(contains(agreement_table(pairs, 10),
                      "a.b and c.d have the same wrong result in 1 trial: one fault in both, or "
                      "the truth is wrong: c1_i4_k1_f2/forward/f32/seed=1\n"));
  BOOST_TEST(differing_pairs(pairs).front().both_wrong() == 0);
}

BOOST_AUTO_TEST_CASE(results_on_other_operands_or_trials_are_not_compared) {
  Run run{.info = info({"a.b", "c.d"}, 4),
          .results = {made("a.b", exact, 0, 7), made("c.d", exact, 0, 8), made("a.b", exact, 1, 9),
                      made("c.d", exact, 2, 9)}};
  run.results[1].verdict.fingerprint.operands = 3;

  BOOST_TEST(!has_kernel_pairs(pairs_of(run)));
}

BOOST_AUTO_TEST_CASE(groups_need_shared_trials_and_never_differ) {
  const auto pair = [](const char* first, const char* second, std::size_t same) {
    return run::PairAgreement{.first = first, .second = second, .shared = 5, .same = same};
  };
  const std::vector<run::PairAgreement> pairs = {pair("a", "b", 5), pair("a", "c", 4),
                                                 pair("b", "d", 5), pair("c", "d", 5)};

  const auto groups = agreeing_groups(pairs);

  BOOST_REQUIRE(groups.size() == 1);  // d shares no trial with a; c differs from a
  BOOST_TEST((groups.front() == std::vector<std::string>{"a", "b", "d"}));
}

BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_the_trials) {
  AgreementCounter counter;
  for (int i = 0; i < 10'000; ++i)
    for (const char* const kernel : {"a", "b", "c"}) counter.add(made(kernel, exact, i, 5));

  BOOST_TEST(counter.pairs().size() == 6U);
  for (const run::PairAgreement& pair : counter.pairs()) BOOST_TEST(pair.shared == 10'000U);
}

BOOST_AUTO_TEST_CASE(pairs_of_very_many_kernels_do_not_fill_the_memory) {
  constexpr std::size_t most = AgreementCounter::most_compared;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 20'000; ++i) names.push_back("k" + std::to_string(i));
  AgreementCounter counter;

  counter.begin(names);
  for (const std::string& name : names) counter.add(made(name.c_str(), exact, 1, 5));

  BOOST_TEST(counter.pairs().size() == most * (most + 1) / 2);  // the truth is one of them
}

BOOST_AUTO_TEST_CASE(a_journal_that_counts_passes_has_every_pair_once) {
  const Folder folder;
  const Run run = three_kernels();
  {
    CountingJournal journal{Journal(folder.path())};
    journal.begin(run.info);
    for (std::size_t i = 0; i < run.results.size(); ++i) {
      journal.trial(run.results[i]);
      if (i % 6 == 5) journal.checkpoint({.trials = i / 3});
    }
    journal.end({});
  }
  Summarizer again;

  read_journal(folder / "journal.jsonl", again);

  const auto expected = pairs_of(run);
  const auto& found = again.summary().pairs;
  BOOST_REQUIRE(found.size() == expected.size());
  BOOST_TEST(agreement_table(found, 10) == agreement_table(expected, 10));
}

BOOST_AUTO_TEST_CASE(a_fingerprint_survives_its_line) {
  const TrialResult built = made("a.b", real, 0, 0xfedcba9876543210, Outcome::pass, 2.5);

  const auto again = std::get<TrialResult>(parse_line(line_of(built)));

  BOOST_TEST((again.verdict.fingerprint == built.verdict.fingerprint));
  std::string broken = line_of(built);
  broken.replace(broken.find("fedcba"), 6, "ghijkl");
  BOOST_CHECK_THROW(parse_line(broken), InputError);
}

BOOST_AUTO_TEST_CASE(markdown_has_the_same_pairs) {
  Summarizer summarizer;
  play(three_kernels(), summarizer);

  const std::string text = markdown_summary(summarizer.summary());

  BOOST_TEST(contains(text, "- the same values in every shared trial: a.first, a.twin"));
  BOOST_TEST(contains(text, "| a.first & a.odd | 8 | 3 | 3 | 2 | - | 1 |"));
  BOOST_TEST(contains(text, "\n\n- shared: trials that both have a result of; same values: "));
}

BOOST_AUTO_TEST_CASE(a_real_run_groups_a_kernel_with_its_twin_and_sets_a_faulty_one_apart) {
  Kernel twin = reference::kernels().front();
  twin.name = "test.twin";
  const std::vector<sandbox::Subject> subjects = {
      planted::right(), sandbox::in_process(twin),
      planted::off_by_one_where([](const Problem& p) { return p.spec.stride[0] > 1; })};
  std::vector<Trial> trials;
  for (const char* const text :
       {"c3_i9x8_k4_f3x3/forward/f32", "c3_i9x8_k4_f3x3_s2/forward/f32",
        "c3_i9x8_k4_f3x3/forward/f32/fill=flat", "c3_i9x8_k4_f3x3_s2/grad_input/f32/fill=flat"})
    trials.push_back(parse_trial(text));
  Summarizer summarizer;
  summarizer.begin(info({"reference.direct", "test.twin", "test.faulty"}, 12));

  summarizer.end(run::run_suite(trials, subjects, summarizer, {.jobs = 2}));

  const auto& pairs = summarizer.summary().pairs;
  BOOST_TEST((agreeing_groups(pairs) ==
              std::vector<std::vector<std::string>>{{"reference.direct", "test.twin"}}));
  for (const run::PairAgreement& pair : pairs) {
    BOOST_TEST(pair.shared == 4U);
    BOOST_TEST(pair.one_wrong == (pair.second == "test.faulty" ? 2U : 0U));
    const bool truth = pair.first == truth_name;
    BOOST_TEST(pair.same ==
               (truth ? 2U : 4U) - (pair.second == "test.faulty" ? (truth ? 1U : 2U) : 0U));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
