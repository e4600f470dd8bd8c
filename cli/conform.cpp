// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "cli/campaign.hpp"
#include "cli/completion.hpp"
#include "cli/emulated_share.hpp"
#include "cli/environment.hpp"
#include "cli/golden_set.hpp"
#include "cli/regressions.hpp"
#include "cli/signals.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "datasets/suite.hpp"
#include "reports/console/console.hpp"
#include "reports/documents/junit.hpp"
#include "reports/documents/page.hpp"
#include "reports/journal/journal.hpp"
#include "reports/words.hpp"
#include "run/run_suite.hpp"

namespace convict::cli {
namespace {

constexpr Manual conform_manual = {
    .usage =
        "convict conform [--kernel NAME|GLOB|FILE.so|FILE.py|FILE.cu]... [--suite "
        "core|full|SET|FILE] "
        "[OPTIONS]",
    .purpose =
        "Tests kernels on the conformance suite: every feature of a convolution crossed with every "
        "other, with\n"
        "pass, precision and kind of data. Prints a table, and writes a journal, JUnit XML and a "
        "page.",
    .examples =
        "  convict conform\n"
        "  convict conform --kernel ./direct.so --pass forward\n"
        "  convict conform --kernel ./direct.py --cases 1000\n"
        "  convict conform --kernel 'optimized.*' --suite full --out nightly\n"
        "  convict conform --suite resnet50 --precision f32\n"
        "  convict conform --suite mine.txt --kernel ./direct.so\n"};

std::unique_ptr<run::Observer> console_for(const Parsed& parsed,
                                           const std::filesystem::path& directory) {
  if (parsed.has("json")) return std::make_unique<reports::JsonConsole>(std::cout);
  reports::ConsoleOptions console = reports::console_options_for(STDOUT_FILENO);
  console.quiet = parsed.has("quiet");
  console.directory = directory.string();
  return std::make_unique<reports::Console>(std::cout, console);
}

bool is_crossed(const std::string& suite) { return suite == "core" || suite == "full"; }

/// `first`, then the suite; `core` and `full` begin with the golden set. A trial that is in several
/// of them is carried out, and its failure told, once.
std::vector<Trial> trials_for(const Selection& selection, const std::string& suite,
                              const oracle::GoldenCases& golden, std::vector<Trial> first) {
  std::vector<Trial> trials;
  if (is_crossed(suite))
    for (const auto& [text, known] : golden) trials.push_back(known.trial);
  for (Trial& trial : suite_trials(suite)) trials.push_back(std::move(trial));
  if (is_crossed(suite))
    for (Trial& trial : datasets::layer_trials()) trials.push_back(std::move(trial));
  trials = selection.of(distinct(std::move(trials)));
  if (trials.empty())
    throw UsageError("no trial of the suite is left after --pass, --precision and --cases");
  first.insert(first.end(), trials.begin(), trials.end());
  return distinct(std::move(first));
}

}  // namespace

int conform(const Arguments& arguments) {
  options::options_description visible;
  visible.add(selection_options())
      .add_options()("suite",
                     options::value<std::string>()->value_name("SUITE")->default_value("core"),
                     "core, full, a shape set (resnet50, edge, ...) or a file of specs and trials, "
                     "one a line")(
          "first", options::value<std::string>()->value_name("FILE"),
          "findings of earlier runs, as fuzz --keep writes them: carried out before the suite and "
          "counted as regressions (default: convict-regressions.txt where it exists)");
  visible.add_options()("sandbox",
                        "run built-in kernels in worker processes, too, as plug-ins are");
  visible.add(output_options());
  const Parsed parsed = parse(arguments, conform_manual, visible);
  if (parsed.helped) return exit_fine;

  const auto& suite = parsed.get<std::string>("suite");
  const Selection selection(parsed);
  const Roster roster =
      roster_of(parsed, parsed.has("sandbox") ? BuiltInsRun::in_worker : BuiltInsRun::here);
  const std::vector<sandbox::Subject>& subjects = roster.subjects;
  const int jobs = jobs_of(parsed, roster);
  const TimeLimit limit(time_limit_of(parsed));
  const oracle::GoldenCases golden = golden_set();
  const Regressions regressions = regressions_of(parsed, selection);
  const std::vector<Trial> trials = trials_for(selection, suite, golden, regressions.trials);
  const bool all_kernels = !parsed.has("kernel") && !parsed.has("device") && is_crossed(suite);
  const EmulatedShare emulated(
      all_kernels ? std::span<const Trial>(trials) : std::span<const Trial>(), limits_of(parsed));
  const std::filesystem::path directory = output_directory(parsed, "conform");

  run::RunInfo info{.command = "conform",
                    .arguments = command_line("conform", arguments),
                    .suite = suite,
                    .seed = seed_of(parsed),
                    .kernels = {},
                    .absent = roster.absent,
                    .trials = trials.size() * subjects.size() + emulated.trials(),
                    .environment = environment()};
  for (const sandbox::Subject& subject : subjects) add_kernel(info, subject.kernel);
  for (const sandbox::Subject& subject : emulated.subjects()) add_kernel(info, subject.kernel);
  if (!regressions.file.empty())
    info.environment.emplace_back(
        "first", fmt::format("{} ({})", regressions.file.string(),
                             reports::counted(regressions.trials.size(), "trial")));

  run::Observers observers;
  observers.add(std::make_unique<reports::Journal>(directory));
  observers.add(std::make_unique<reports::Junit>(directory / "junit.xml"));
  observers.add(std::make_unique<reports::PageWriter>(directory / "report.html"));
  observers.add(console_for(parsed, directory));
  observers.begin(info);
  FromRegressions sourced(observers, regressions.trials.size() * subjects.size());
  RunCounter counter(sourced);
  const run::RunOptions options{.jobs = jobs,
                                .golden = &golden,
                                .truth_kernels = truth_kernels(jobs),
                                .stop = &stop_requested()};
  run::RunEnd end;
  try {
    end = run::run_suite(trials, subjects, counter, options);
    if (is_crossed(suite) && !parsed.has("cases"))
      complete_suite(subjects, selection, counter, options, end);
    emulated.carry_out(counter, options, end);
  } catch (run::RunFailure& failure) {
    end += failure.end;
    end_failed(observers, end);
    std::rethrow_exception(failure.cause);
  }
  std::ranges::move(notes_on_left_processes(subjects), std::back_inserter(end.notes));
  end.interrupted = interrupted_by_user();
  observers.end(end);
  return exit_code(end, parsed.has("strict"));
}

}  // namespace convict::cli
