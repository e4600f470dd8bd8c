// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <iterator>

#include "cli/campaign.hpp"
#include "cli/regressions.hpp"
#include "cli/search.hpp"
#include "cli/signals.hpp"
#include "fuzz/acceptance.hpp"
#include "reports/console/console.hpp"
#include "reports/documents/junit.hpp"
#include "reports/documents/page.hpp"
#include "reports/journal/counting_journal.hpp"
#include "run/run_suite.hpp"

namespace convict::cli {
namespace {

constexpr Manual fuzz_manual = {
    .usage = "convict fuzz [--kernel NAME|GLOB|FILE.so]... [--time S] [--cases N] [OPTIONS]",
    .purpose =
        "Searches for problems that break kernels: shapes, data and memory layouts drawn where "
        "real kernels\n"
        "have broken, every pass on every shape. What fails is shrunk to a minimal problem; the "
        "search goes on.\n"
        "Every kernel runs in worker processes, built-in kernels too: a crash or a hang ends only "
        "the trial.\n"
        "Without --time and --cases it takes a minute.",
    .examples =
        "  convict fuzz --kernel ./direct.so\n"
        "  convict fuzz --kernel optimized.corr_mm --kernel ./direct.so --time 3600\n"
        "  convict fuzz --kernel ./direct.so --time 3600 --out night --resume\n"
        "  convict fuzz --kernel ./direct.so --keep convict-regressions.txt\n"
        "  convict fuzz --kernel ./direct.so --cases 20000 --seed 7 --shard 2/8\n"};

reports::ConsoleOptions console_options(const Parsed& parsed, const Search& search) {
  reports::ConsoleOptions console = reports::console_options_for(STDOUT_FILENO);
  console.quiet = parsed.has("quiet");
  console.directory = search.directory.string();
  console.time_limit_s = search.time_s;
  return console;
}

/// Written from the journal, so that they show the whole search, also the part before a resume.
void write_reports(const std::filesystem::path& directory) {
  reports::Summarizer summarizer;
  reports::read_journal(directory / "journal.jsonl", summarizer);
  reports::write_page(directory / "report.html", summarizer.summary());
  reports::Junit junit(directory / "junit.xml", reports::Junit::Cases::by_pass);
  reports::read_journal(directory / "journal.jsonl", junit);
}

std::unique_ptr<run::Observer> console_for(const Parsed& parsed, const Search& search) {
  if (parsed.has("json")) return std::make_unique<reports::JsonConsole>(std::cout);
  return std::make_unique<reports::Console>(std::cout, console_options(parsed, search));
}

/// Checks the file of --keep; to be called before any work.
std::unique_ptr<Keeper> keeper_for(const Parsed& parsed) {
  return parsed.has("keep") ? std::make_unique<Keeper>(parsed.get<std::string>("keep")) : nullptr;
}

/// Passes on the results of an earlier run of the search, without its beginning and end.
class EarlierResults final : public run::Observer {
 public:
  explicit EarlierResults(run::Observer& to) : to_(to) {}
  void trial(const TrialResult& result) override { to_.trial(result); }
  void checkpoint(const run::Checkpoint& checkpoint) override { to_.checkpoint(checkpoint); }

 private:
  Observer& to_;
};

/// A search that failed keeps its results, as one that was interrupted does.
[[noreturn]] void end_failed_search(const run::RunFailure& failure, const Search& search,
                                    run::Observers& observers) {
  end_failed(observers, failure.end);
  try {
    write_reports(search.directory);
  } catch (const std::exception&) {
    std::rethrow_exception(failure.cause);
  }
  std::rethrow_exception(failure.cause);
}

int carry_out(Search search, const Parsed& parsed) {
  const std::filesystem::path path = search.directory / "journal.jsonl";
  auto keeper = keeper_for(parsed);
  // From here on no other run writes to the folder.
  reports::Journal journal = parsed.has("resume") ? reports::Journal::resumed(search.directory)
                                                  : reports::Journal(search.directory);
  const bool resume = journal.has_begun();
  if (parsed.has("resume") && !resume)
    fmt::print(stderr, "convict: {} was killed before its first line; the search starts anew\n",
               path.string());
  fuzz::Past past;
  if (resume) {
    tell_remarks(reports::read_journal(path, past));
    require_same_search(search.info, past.info(), path.string());
    search.options.past = &past;
    search.options.space.widest_bits = widest_bits_of(past.info());
  }
  run::Observers observers;
  observers.add(std::make_unique<reports::CountingJournal>(std::move(journal)));
  std::unique_ptr<run::Observer> console = console_for(parsed, search);
  EarlierResults earlier(*console);
  observers.add(std::move(console));
  observers.begin(search.info);
  if (resume) reports::read_journal(path, earlier);
  if (resume && keeper) reports::read_journal(path, *keeper);
  if (keeper) observers.add(std::move(keeper));

  const TimeLimit limit(search.time_s);
  search.options.space = fuzz::with_accepted(search.options.space, search.subjects, search.hints);
  run::RunEnd end;
  try {
    end = fuzz::run_campaign(search.subjects, observers, search.options);
  } catch (const run::RunFailure& failure) {
    end_failed_search(failure, search, observers);
  }
  end.notes = fuzz::notes_on_acceptance(search.options.space);
  std::ranges::move(notes_on_left_processes(search.subjects), std::back_inserter(end.notes));
  end.interrupted = interrupted_by_user();
  observers.end(end);
  write_reports(search.directory);
  return exit_code(end, parsed.has("strict"));
}

}  // namespace

int fuzz(const Arguments& arguments) {
  options::options_description visible;
  visible.add(subject_options())
      .add(search_options())
      .add_options()(
          "keep", options::value<std::string>()->value_name("FILE"),
          "file to which the shrunk trial of every new finding is added; conform --first "
          "carries them out before a suite");
  visible.add(output_options());
  const Parsed parsed = parse(arguments, fuzz_manual, visible);
  if (parsed.helped) return exit_fine;
  return carry_out(search_of(arguments, parsed), parsed);
}

}  // namespace convict::cli
