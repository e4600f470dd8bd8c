// SPDX-License-Identifier: Apache-2.0
#include "reports/journal/journal.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <csignal>
#include <fstream>
#include <iterator>

#include "core/errors.hpp"
#include "reports/journal/journal_lines.hpp"
#include "tests/fabricated_run.hpp"

namespace convict::reports {
namespace {

BOOST_AUTO_TEST_SUITE(journal_test)

using namespace fabricated;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::filesystem::path journal_of(const Run& run, const Folder& folder) {
  Journal journal(folder.path());
  play(run, journal);
  return journal.path();
}

/// The message of the exception that `action` must throw.
template <class Error, class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// Files cannot grow beyond `bytes` while this lives: what a full disk does to a writer.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(a_journal_reads_back_as_it_was_written) {
  const Folder folder;
  Run run = mixed_run();
  run.results[3].verdict.pattern = "odd rows of every channel";
  run.info.claims = {{run.info.kernels.front(), "Winograd F(4,3)"}};

  const JournalData data = read_journal(journal_of(run, folder));

  BOOST_TEST(!data.incomplete);
  BOOST_TEST((data.info.claims == run.info.claims));
  BOOST_TEST(data.info.arguments == run.info.arguments);
  BOOST_TEST(data.info.seed == run.info.seed);
  BOOST_TEST(data.info.trials == run.info.trials);
  BOOST_TEST((data.info.kernels == run.info.kernels));
  BOOST_TEST((data.info.environment == run.info.environment));
  BOOST_TEST_REQUIRE(data.results.size() == run.results.size());
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    BOOST_TEST(data.results[i].kernel == run.results[i].kernel);
    BOOST_TEST((data.results[i].trial == run.results[i].trial));
    BOOST_TEST((data.results[i].verdict.outcome == run.results[i].verdict.outcome));
    BOOST_TEST(data.results[i].verdict.reason == run.results[i].verdict.reason);
    BOOST_TEST(data.results[i].verdict.layer == run.results[i].verdict.layer);
    BOOST_TEST(data.results[i].verdict.wrong == run.results[i].verdict.wrong);
    BOOST_TEST(data.results[i].time_ms == run.results[i].time_ms);
  }
  const Verdict& failure = data.results[3].verdict;
  BOOST_TEST((failure.first->index == std::vector<index_t>{0, 1, 2}));
  BOOST_TEST(failure.worst->subject == -6);
  BOOST_TEST(failure.worst->bound == 0.25);
  BOOST_TEST(failure.pattern == "odd rows of every channel");
  BOOST_TEST(data.results[0].verdict.pattern == "");
  BOOST_TEST(data.end->tally[Outcome::pass] == 3U);
  BOOST_TEST(data.end->time_s == 1.5);
}

BOOST_AUTO_TEST_CASE(plug_in_files_and_an_early_end_are_written_where_there_are_any) {
  const Folder folder;
  run::RunInfo info = fabricated::info({"./a.so:a.b"}, 1);
  info.files = {{"./a.so", "00000000000000ff"}};
  run::RunEnd end;
  end.reason = "given up: each of its first 5 calls hung";
  {
    Journal journal(folder.path());
    journal.begin(info);
    journal.end(end);
  }

  const JournalData data = read_journal(folder / "journal.jsonl");

  BOOST_TEST((data.info.files == info.files));
  BOOST_TEST(data.end->reason == end.reason);
  const Folder plain;
  const JournalData other = read_journal(journal_of({.info = fabricated::info({"a.b"}, 0)}, plain));
  BOOST_TEST(other.info.files.empty());
  BOOST_TEST(other.end->reason == "");
  BOOST_TEST(!contains(text_of(other.path), "files"));
}

BOOST_AUTO_TEST_CASE(a_pass_is_one_short_line) {
  const Folder folder;
  const Run run{.info = info({"a.b"}, 1), .results = {passed("a.b", "c1_i4_k1_f2/forward/f32")}};

  const std::string text = text_of(journal_of(run, folder));

  BOOST_TEST(contains(text,
                      "\n{\"type\":\"trial\",\"kernel\":\"a.b\","
                      "\"trial\":\"c1_i4_k1_f2/forward/f32\",\"outcome\":\"pass\","
                      "\"layer\":\"exact\",\"elements\":100,\"time_ms\":2.0}\n"));
}

BOOST_AUTO_TEST_CASE(numbers_survive_to_the_last_bit_also_those_json_lacks) {
  const Folder folder;
  constexpr double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> values = {
      0.1f, 1.0 / 3, 5e-324, -0.0, std::numeric_limits<double>::max(), inf, -inf, std::nan("")};
  Run run{.info = info({"a.b"}, values.size())};
  for (const double value : values) {
    run.results.push_back(failed("a.b", "c1_i4_k1_f2/forward/f32", "off"));
    run.results.back().verdict.first->subject = value;
    run.results.back().verdict.worst_ratio = value;
  }

  const JournalData data = read_journal(journal_of(run, folder));

  for (std::size_t i = 0; i < values.size(); ++i) {
    const double subject = data.results[i].verdict.first->subject;
    BOOST_TEST((std::isnan(values[i])
                    ? std::isnan(subject)
                    : subject == values[i] && std::signbit(subject) == std::signbit(values[i])));
  }
  BOOST_TEST(std::isnan(data.results.back().verdict.worst_ratio));
  BOOST_TEST(contains(text_of(data.path), R"("subject":"-inf")"));
}

BOOST_AUTO_TEST_CASE(a_reason_may_hold_anything) {
  const Folder folder;
  const std::string wild = "line\nbreak \"quote\" \x1b[31m </script> caf\xc3\xa9";
  const Run run{.info = info({"a.b"}, 2),
                .results = {failed("a.b", "c1_i4_k1_f2/forward/f32", wild),
                            failed("a.b", "c1_i4_k1_f2/forward/f32", "no utf-8: \xff\xfe")}};

  const JournalData data = read_journal(journal_of(run, folder));

  BOOST_TEST(data.results[0].verdict.reason == wild);
  BOOST_TEST(contains(data.results[1].verdict.reason, "no utf-8: "));
}

BOOST_AUTO_TEST_CASE(every_line_is_in_the_file_before_the_next_trial_starts) {
  const Folder folder;
  const Run run = mixed_run();
  Journal journal(folder.path());

  journal.begin(run.info);
  for (std::size_t i = 0; i < run.results.size(); ++i) {
    journal.trial(run.results[i]);
    BOOST_TEST(read_journal(journal.path()).results.size() == i + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_journal_torn_anywhere_in_its_last_line_is_read_and_called_incomplete) {
  const Folder folder;
  const std::string text = text_of(journal_of(mixed_run(), folder));
  const std::size_t last_line = text.rfind('\n', text.size() - 2) + 1;

  for (std::size_t length = last_line; length < text.size() - 1; ++length) {
    put(folder / "torn.jsonl", text.substr(0, length));
    const JournalData data = read_journal(folder / "torn.jsonl");

    BOOST_TEST(data.incomplete);
    BOOST_TEST(!data.end.has_value());
    BOOST_TEST(data.results.size() == mixed_run().results.size());
  }
}

BOOST_AUTO_TEST_CASE(any_other_malformed_line_is_named_by_its_number) {
  const Folder folder;
  const std::string text = text_of(journal_of(mixed_run(), folder));
  const std::size_t second = text.find('\n') + 1;
  const auto complaint_about = [&](const std::string& journal) {
    put(folder / "bad.jsonl", journal);
    return complaint<FileError>([&] { read_journal(folder / "bad.jsonl"); });
  };
  const std::string with_rubbish = std::string(text).insert(second, "{\"type\":\n");
  const std::string with_bad_trial = std::string(text).insert(
      second, R"({"type":"trial","kernel":"a.b","trial":"c1_x","outcome":"pass"})"
              "\n");
  const std::string run_line = text.substr(0, second);

  BOOST_TEST(contains(complaint_about(with_rubbish), "bad.jsonl:2: "));
  BOOST_TEST(contains(complaint_about(with_bad_trial), "bad.jsonl:2: bad trial 'c1_x'"));
  BOOST_TEST(contains(complaint_about(run_line + run_line), ":2: a second run line"));
  BOOST_TEST(
      contains(complaint_about(text.substr(second)), ":1: a journal starts with a run line"));
  BOOST_TEST(contains(complaint_about("hello\n"), "bad.jsonl:1: "));
  BOOST_TEST(contains(complaint_about(""), "bad.jsonl has no line"));
  BOOST_TEST(contains(complaint_about(run_line.substr(0, 40)), "bad.jsonl has no line"));
  BOOST_TEST(contains(complaint<FileError>([&] { read_journal(folder / "none"); }), "cannot read"));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_lost_lines_are_read_around_with_a_remark) {
  const Folder folder;
  const std::string text = text_of(journal_of(mixed_run(), folder));
  const std::size_t second = text.find('\n') + 1;
  const auto with = [&](const std::string& what) { return std::string(text).insert(second, what); };
  struct Damage {
    std::string journal;
    std::string remark;
  };
  const std::vector<Damage> damages = {
      {with("\n"), ":2: left out: a blank line"},
      {with(" \t\r\n\n"), ":2: left out: a blank line (2 lines have this)"},
      {with(std::string(700, '\0') + "\n"), ":2: left out: NUL bytes"},
      {with(std::string(700, '\0')), ":2: left out: NUL bytes"},
      {text + text.substr(0, second), ":11: left out: a line behind the end line"},
      {text + text, ":11: left out: a line behind the end line (10 lines have this)"}};
  for (const Damage& damage : damages) {
    put(folder / "damaged.jsonl", damage.journal);

    const JournalData data = read_journal(folder / "damaged.jsonl");

    BOOST_TEST(!data.incomplete);
    BOOST_TEST(data.results.size() == mixed_run().results.size());
    BOOST_TEST_REQUIRE(data.remarks.size() == 1U);
    BOOST_TEST(contains(data.remarks[0], "damaged.jsonl" + damage.remark), data.remarks[0]);
  }
  BOOST_TEST(read_journal(folder / "journal.jsonl").remarks.empty());
}

BOOST_AUTO_TEST_CASE(a_second_writer_is_refused_until_the_first_is_gone) {
  const Folder folder;
  const auto said = [&](auto open) {
    return complaint<InputError>([&] { static_cast<void>(open(folder.path())); });
  };
  const auto anew = [](const std::filesystem::path& in) { return Journal(in); };
  const auto resumed = [](const std::filesystem::path& in) { return Journal::resumed(in); };
  {
    Journal first(folder.path());
    BOOST_TEST(contains(said(anew), "journal.jsonl: another run is writing to it"));
    BOOST_TEST(contains(said(resumed), "journal.jsonl: another run is writing to it"));
    const Journal moved = std::move(first);
    BOOST_TEST(contains(said(resumed), "another run is writing to it"));
  }
  BOOST_TEST(contains(said(anew), "exists already"));
  BOOST_TEST(!Journal::resumed(folder.path()).has_begun());
}

BOOST_AUTO_TEST_CASE(opening_a_journal_to_go_on_changes_nothing_before_the_first_line) {
  const Folder folder;
  const std::filesystem::path path = journal_of(mixed_run(), folder);
  const std::string whole = text_of(path);
  put(path, whole + "behind the end\n");
  {
    const Journal refused = Journal::resumed(folder.path());
    BOOST_TEST(refused.has_begun());
  }
  BOOST_TEST(text_of(path) == whole + "behind the end\n");

  Journal::resumed(folder.path()).trial(mixed_run().results[0]);

  const JournalData data = read_journal(path);
  BOOST_TEST(data.incomplete);
  BOOST_TEST(data.remarks.empty());
  BOOST_TEST(data.results.size() == mixed_run().results.size() + 1);
}

BOOST_AUTO_TEST_CASE(a_journal_that_vanished_takes_no_line) {
  const Folder folder;
  Journal journal(folder.path());
  journal.begin(mixed_run().info);
  const auto said = [&] {
    return complaint<EnvironmentError>([&] { journal.trial(mixed_run().results[0]); });
  };

  std::filesystem::rename(journal.path(), folder / "elsewhere");
  BOOST_TEST(contains(said(), "journal.jsonl was deleted or moved"));
  put(journal.path(), "of another run");
  BOOST_TEST(contains(said(), "journal.jsonl was deleted or moved"));
  BOOST_TEST(text_of(journal.path()) == "of another run");
  std::filesystem::rename(folder / "elsewhere", journal.path());
  BOOST_TEST(said() == "nothing was thrown");
}

BOOST_AUTO_TEST_CASE(a_journal_of_a_later_or_no_version_is_refused_with_its_version) {
  const Folder folder;
  const std::string text = text_of(journal_of(mixed_run(), folder));
  const std::string version = R"("version":2)";
  BOOST_TEST_REQUIRE(contains(text, version));
  const std::vector<std::string> unknown = {"3", "0", "2.5", "\"2\""};
  for (const std::string& value : unknown) {
    put(folder / "new.jsonl",
        std::string(text).replace(text.find(version), version.size(), R"("version":)" + value));

    const std::string said = complaint<FileError>([&] { read_journal(folder / "new.jsonl"); });

    BOOST_TEST(contains(said, "new.jsonl:1: journal version " + value +
                                  " is unknown; this program reads versions 1 to 2"));
  }
}

BOOST_AUTO_TEST_CASE(a_journal_of_version_1_is_read_whose_checkpoints_say_regimes) {
  const Folder folder;
  const std::string old =
      R"({"type":"run","format":"convict-journal","version":1,"command":"fuzz",)"
      R"("arguments":"convict fuzz","suite":"","seed":0,"kernels":["a.b"],"absent":{},)"
      R"("trials":7,"environment":{"convict":"0.1.0"}})"
      "\n"
      R"({"type":"checkpoint","trials":7,"counted":[{"kernel":"a.b","tally":{"pass":7},)"
      R"("features":{"rank: 2d":{"pass":7}},"time_ms":1.5}],"regimes":[{"name":"stride",)"
      R"("weight":50.0,"tried":[4,2,1],"ran":[4,0,0],"findings":0}]})"
      "\n";
  run::Checkpoint later{.trials = 9, .features = {{.name = "stride", .tried = {4, 3, 2}}}};
  put(folder / "old.jsonl", old);
  put(folder / "resumed.jsonl", old + line_of(later) + "\n");

  const JournalData data = read_journal(folder / "old.jsonl");
  const JournalData resumed = read_journal(folder / "resumed.jsonl");

  BOOST_TEST_REQUIRE(data.features.size() == 1U);
  BOOST_TEST(data.features[0].name == "stride");
  BOOST_TEST(data.features[0].tried[1] == 2U);
  BOOST_TEST_REQUIRE(data.counted.size() == 1U);
  BOOST_TEST(data.counted[0].features.at("rank: 2d")[Outcome::pass] == 7U);
  BOOST_TEST(data.counted[0].tally.ran == 7U);
  BOOST_TEST(data.counted[0].tally.calls == 7U);
  BOOST_TEST_REQUIRE(resumed.features.size() == 1U);
  BOOST_TEST(resumed.features[0].tried[1] == 3U);
}

BOOST_AUTO_TEST_CASE(calls_and_the_counts_of_calls_are_kept) {
  TrialResult result = passed("a.b", "c1_i4_k1_f2/forward/f32/check=power");
  result.calls = 0;
  run::Tally tally;
  tally.add(result);
  result.trial.recipe.check = "judge";
  result.calls = 2;
  tally.add(result);
  result.verdict.outcome = Outcome::not_tried;
  result.calls = 0;
  tally.add(result);

  const auto trial = std::get<TrialResult>(parse_line(line_of(result)));
  const auto end = std::get<run::RunEnd>(parse_line(line_of(run::RunEnd{.tally = tally})));
  const auto checkpoint = std::get<run::Checkpoint>(parse_line(line_of(run::Checkpoint{
      .counted = {{.kernel = "a.b", .tally = tally, .not_tried = {{"hung nearby", 1}}}}})));

  BOOST_TEST((trial.calls == std::optional<std::size_t>(0)));
  BOOST_TEST((trial.verdict.outcome == Outcome::not_tried));
  for (const run::Tally& read : {end.tally, checkpoint.counted[0].tally}) {
    BOOST_TEST(read[Outcome::pass] == 1U);
    BOOST_TEST(read[Outcome::not_tried] == 1U);
    BOOST_TEST(read.uncalled == 1U);
    BOOST_TEST(read.ran == 1U);
    BOOST_TEST(read.calls == 2U);
    BOOST_TEST(read.total() == 3U);
  }
  BOOST_TEST(checkpoint.counted[0].not_tried.at("hung nearby") == 1U);
}

BOOST_AUTO_TEST_CASE(lines_without_calls_are_those_of_earlier_versions) {
  const auto read = [](std::string_view check, std::string_view outcome) {
    return std::get<TrialResult>(parse_line(fmt::format(
        R"({{"type":"trial","kernel":"a.b","trial":"c1_i4_k1_f2/forward/f32{}","outcome":"{}"}})",
        check, outcome)));
  };

  BOOST_TEST(was_run(read("", "pass")));
  BOOST_TEST(was_run(read("", "fail")));
  BOOST_TEST(!was_run(read("", "unsupported")));
  BOOST_TEST(!was_run(read("/check=power", "pass")));
  BOOST_TEST(!was_run(read("/check=must_refuse", "pass")));
}

BOOST_AUTO_TEST_CASE(a_second_journal_in_a_folder_is_refused_and_the_first_kept) {
  const Folder folder;
  const std::string before = text_of(journal_of(mixed_run(), folder));

  const std::string said = complaint<InputError>([&] { Journal second(folder.path()); });

  BOOST_TEST(contains(said, "journal.jsonl exists already"));
  BOOST_TEST(text_of(folder / "journal.jsonl") == before);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_named) {
  const Folder folder;
  put(folder / "file", "");

  const std::string said =
      complaint<EnvironmentError>([&] { Journal journal(folder / "file/sub"); });

  BOOST_TEST(contains(said, "file/sub"));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_that_names_the_file_and_keeps_what_was_written) {
  const Folder folder;
  const Run run = mixed_run();
  Journal journal(folder.path());
  journal.begin(run.info);
  std::string said;
  {
    const FullDisk disk(1000);
    said = complaint<EnvironmentError>([&] {
      for (int i = 0; i < 100; ++i) journal.trial(run.results[0]);
    });
  }

  const JournalData data = read_journal(journal.path());

  BOOST_TEST(contains(said, "cannot write to " + journal.path().string()));
  BOOST_TEST(std::filesystem::file_size(journal.path()) == 1000U);
  BOOST_TEST(data.incomplete);
  BOOST_TEST(data.results.size() > 2U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace convict::reports
