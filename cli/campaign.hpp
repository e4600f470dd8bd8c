// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/subjects.hpp"
#include "core/trial.hpp"
#include "reports/journal/journal.hpp"
#include "run/observer.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::cli {

/// --timeout and --memory.
options::options_description limit_options(double time_s = sandbox::Limits{}.time_s);
/// The options of all commands that test kernels: --kernel, --pass, --precision, --device, --jobs
/// and the limits.
options::options_description subject_options();
/// subject_options, and --seed, --cases and --time, which select trials of a suite.
options::options_description selection_options();
options::options_description output_options();

/// The limits of --timeout and --memory.
sandbox::Limits limits_of(const Parsed& parsed);

/// --seed, 0 without one.
std::uint64_t seed_of(const Parsed& parsed);

/// --device, or nothing. Throws UsageError for an unknown name.
std::optional<RunsOn> device_asked(const Parsed& parsed);

/// The subjects of --kernel (`by_default` without it) and --device, under the limits of --timeout
/// and --memory. Throws InputError, and EnvironmentError when none of them can run here.
Roster roster_of(const Parsed& parsed, BuiltInsRun where,
                 const std::vector<std::string>& by_default = {});

/// Which trials of a suite are wanted: --pass, --precision, --cases, and --seed, which shifts every
/// trial's seed.
class Selection {
 public:
  /// Throws UsageError for an unknown name.
  explicit Selection(const Parsed& parsed);
  std::vector<Trial> of(std::vector<Trial> trials) const;
  bool wants(Pass pass) const;
  bool wants(Precision precision) const;

 private:
  std::vector<Pass> passes_;
  std::vector<Precision> precisions_;
  std::size_t cases_;
  std::uint64_t seed_;
};

/// Without repetitions: each trial at the first of its places.
std::vector<Trial> distinct(std::vector<Trial> trials);

/// Throws SpecError naming the value for a trial that cannot be carried out: an unknown fill or
/// check, an invalid spec (unless its check is about those), or a kept element that is not there.
void require_workable(const Trial& trial);

/// A suite by name, or a file of specs and trials; in `core` and `full` every fourth trial of the
/// plain check is followed by the same problem under another check. Throws InputError.
std::vector<Trial> suite_trials(const std::string& suite);

/// How many trials run at once: --jobs, or as many as there are cores, but at most two where a
/// kernel runs on a GPU, since each of its worker processes takes some of the GPU's memory. Throws
/// EnvironmentError when the system does not have the threads, processes or addresses for them.
int jobs_of(const Parsed& parsed, const Roster& roster);

/// The command as it was typed, for reports.
std::string command_line(const std::string& command, const Arguments& arguments);

/// The exit code of a run: exit_usage when no kernel was called; `strict` as --strict.
int exit_code(const run::RunEnd& end, bool strict);

/// Prints what was read around in a journal on standard error.
void tell_remarks(const reports::JournalReading& reading);

/// Tells the observers how far a run came before it failed, so that journal, page and tables end
/// with what is known, as far as each of them can still be written.
void end_failed(run::Observers& observers, const run::RunEnd& end);

/// --out, or convict-out/COMMAND-TIME, numbered when a run of the same second has that name.
std::filesystem::path output_directory(const Parsed& parsed, const std::string& command);

/// --time in seconds, 0 without one.
double time_limit_of(const Parsed& parsed);

/// Asks for an orderly stop after so many seconds (0: never), as long as the object lives.
class TimeLimit {
 public:
  explicit TimeLimit(double seconds);
  ~TimeLimit();
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convict::cli
