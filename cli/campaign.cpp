// SPDX-License-Identifier: Apache-2.0
#include "cli/campaign.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_set>

#include "cli/environment.hpp"
#include "cli/quantities.hpp"
#include "cli/signals.hpp"
#include "cli/subjects.hpp"
#include "cli/system_limits.hpp"
#include "core/errors.hpp"
#include "core/printable.hpp"
#include "core/spec_text.hpp"
#include "datasets/fills.hpp"
#include "datasets/suite.hpp"
#include "oracle/checks/checks.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

using Names = std::vector<std::string>;

template <class Value, class Named>
std::vector<Value> values_named(const Names& names, const char* what, const char* known,
                                Named named) {
  std::vector<Value> values;
  for (const std::string& name : names) {
    const auto value = named(name);
    if (!value) throw UsageError(fmt::format("--{} {} is unknown; it is {}", what, name, known));
    values.push_back(*value);
  }
  return values;
}

template <class Value>
bool wanted(const std::vector<Value>& values, Value value) {
  return values.empty() || std::ranges::find(values, value) != values.end();
}

Names names_of(const Parsed& parsed, const char* option) {
  return parsed.has(option) ? parsed.get<Names>(option) : Names();
}

}  // namespace

options::options_description limit_options(double time_s) {
  options::options_description description;
  description.add_options()(
      "timeout",
      options::value<Duration>()->value_name("SEC")->default_value({time_s},
                                                                   fmt::format("{}", time_s)),
      "how long one call of a kernel in a worker process may take: 30, 500ms, 2m")(
      "memory", options::value<Mebibytes>()->value_name("MIB"),
      "MiB of memory that a worker process may use (default: half of what is available, divided "
      "by --jobs, 4096 at most)");
  return description;
}

options::options_description subject_options() {
  options::options_description description;
  description.add_options()("kernel", options::value<Names>()->value_name("NAME")->composing(),
                            "a built-in kernel, a glob that matches some, a plug-in ./file.so or "
                            "./file.py, or a CUDA source ./file.cu (repeatable; default: all built-in kernels)")(
      "pass", options::value<Names>()->value_name("PASS")->composing(),
      "only forward, grad_input or grad_weights (repeatable)")(
      "precision", options::value<Names>()->value_name("PRECISION")->composing(),
      "only f64, f32, tf32, bf16, f16 or f16a16 (repeatable)")(
      "device", options::value<std::string>()->value_name("DEVICE"),
      "only kernels that run on this: cpu, gpu or emulated; says for which a ./file.cu is built")(
      "jobs", options::value<Jobs>()->value_name("N"),
      "trials carried out at once (default: one per core, two at most on a GPU)");
  description.add(limit_options());
  return description;
}

options::options_description selection_options() {
  options::options_description description = subject_options();
  description.add_options()("seed", options::value<Seed>()->value_name("N"),
                            "added to every trial's seed: the same problems on other data")(
      "cases", options::value<Count>()->value_name("N"), "only the first N trials")(
      "time", options::value<Duration>()->value_name("SEC"), "stop after so long: 90, 90s, 5m, 1h");
  return description;
}

options::options_description output_options() {
  options::options_description description;
  description.add_options()(
      "out", options::value<std::string>()->value_name("DIR"),
      "folder for journal.jsonl, junit.xml and report.html (default: convict-out/COMMAND-TIME)")(
      "json", "print one JSON object at the end and nothing else")(
      "quiet", "print findings and the last sentence only")(
      "strict",
      "exit code 1 also when trials are mistrusted (they passed, but their data could not have "
      "revealed a fault) or unsupported (the kernel refused the problem)");
  return description;
}

std::optional<RunsOn> device_asked(const Parsed& parsed) {
  if (!parsed.has("device")) return std::nullopt;
  const auto& device = parsed.get<std::string>("device");
  if (device == "cpu") return RunsOn::cpu;
  if (device == "gpu") return RunsOn::gpu;
  if (device == "emulated") return RunsOn::emulated;
  throw UsageError(fmt::format("--device {} is unknown; it is cpu, gpu or emulated", device));
}

sandbox::Limits limits_of(const Parsed& parsed) {
  sandbox::Limits limits{.time_s = parsed.get<Duration>("timeout").seconds};
  limits.jobs =
      parsed.has("jobs") ? static_cast<int>(parsed.get<Jobs>("jobs").value) : available_cores();
  if (parsed.has("memory"))
    limits.memory_bytes = static_cast<std::size_t>(parsed.get<Mebibytes>("memory").value) << 20;
  return limits;
}

std::uint64_t seed_of(const Parsed& parsed) {
  return parsed.has("seed") ? parsed.get<Seed>("seed").value : 0;
}

Roster roster_of(const Parsed& parsed, BuiltInsRun where, const Names& by_default) {
  const Names names = parsed.has("kernel") ? parsed.get<Names>("kernel") : by_default;
  return roster_of(names, limits_of(parsed), where, device_asked(parsed));
}

Selection::Selection(const Parsed& parsed)
    : passes_(values_named<Pass>(names_of(parsed, "pass"), "pass",
                                 "forward, grad_input or grad_weights", pass_named)),
      precisions_(values_named<Precision>(names_of(parsed, "precision"), "precision",
                                          "f64, f32, tf32, bf16, f16 or f16a16", precision_named)),
      cases_(parsed.has("cases") ? static_cast<std::size_t>(parsed.get<Count>("cases").value)
                                 : std::numeric_limits<std::size_t>::max()),
      seed_(seed_of(parsed)) {}

std::vector<Trial> Selection::of(std::vector<Trial> trials) const {
  std::erase_if(trials, [&](const Trial& trial) {
    return !wanted(passes_, trial.pass) || !wanted(precisions_, trial.precision);
  });
  if (trials.size() > cases_) trials.resize(cases_);
  for (Trial& trial : trials) trial.recipe.seed += seed_;
  return trials;
}

std::vector<Trial> distinct(std::vector<Trial> trials) {
  std::unordered_set<std::string> listed;
  std::erase_if(trials,
                [&](const Trial& trial) { return !listed.insert(to_string(trial)).second; });
  return trials;
}

void require_workable(const Trial& trial) {
  static_cast<void>(datasets::fill_named(trial.recipe.fill));
  if (oracle::check_named(trial.recipe.check).takes_invalid_specs) return;
  validate(trial.spec);
  if (auto why = datasets::why_misplaced(trial)) throw SpecError(*why);
}

std::vector<Trial> suite_trials(const std::string& suite) {
  constexpr std::size_t every = 4;
  std::vector<Trial> trials = datasets::suite_named(suite, require_workable);
  if (suite == "core" || suite == "full") trials = oracle::with_checks(std::move(trials), every);
  for (const Trial& trial : trials)
    if (!oracle::check_named(trial.recipe.check).takes_invalid_specs)
      static_cast<void>(parse_valid_spec(to_string(trial.spec)));
  return trials;
}

bool Selection::wants(Pass pass) const { return wanted(passes_, pass); }
bool Selection::wants(Precision precision) const { return wanted(precisions_, precision); }

std::string command_line(const std::string& command, const Arguments& arguments) {
  std::string line = "convict " + command;
  for (const std::string& argument : arguments)
    line += argument.find_first_of(" *?'\"$") == std::string::npos ? " " + argument
                                                                   : " '" + argument + "'";
  return line;
}

int exit_code(const run::RunEnd& end, bool strict) {
  const run::Tally& tally = end.tally;
  if (end.interrupted) return exit_interrupted;
  if (tally.findings() > 0) return exit_finding;
  if (tally.ran == 0) return exit_usage;
  const bool doubtful =
      tally[Outcome::mistrusted] + tally[Outcome::unsupported] + tally[Outcome::not_tried] > 0;
  return strict && doubtful ? exit_finding : exit_fine;
}

int jobs_of(const Parsed& parsed, const Roster& roster) {
  constexpr int most_on_a_gpu = 2;
  int jobs = available_cores();
  if (parsed.has("jobs"))
    jobs = static_cast<int>(parsed.get<Jobs>("jobs").value);
  else if (std::ranges::any_of(roster.subjects, [](const sandbox::Subject& subject) {
             return subject.kernel.device == DeviceKind::gpu;
           }))
    jobs = std::min(most_on_a_gpu, jobs);
  require_room_for_jobs(jobs, roster.workers);
  return jobs;
}

void tell_remarks(const reports::JournalReading& reading) {
  for (const std::string& remark : reading.remarks)
    fmt::print(stderr, "convict: {}\n", printable(remark));
}

void end_failed(run::Observers& observers, const run::RunEnd& end) {
  try {
    observers.end(end);
  } catch (const std::exception&) {
    return;  // the failure that ended the run is the one to be told
  }
}

std::filesystem::path output_directory(const Parsed& parsed, const std::string& command) {
  if (parsed.has("out")) return parsed.get<std::string>("out");
  const std::string name = fmt::format("{}-{}", command, timestamp());
  const std::filesystem::path parent = "convict-out";
  std::filesystem::path directory = parent / name;
  for (int number = 2; std::filesystem::exists(directory); ++number)
    directory = parent / fmt::format("{}-{}", name, number);
  return directory;
}

struct TimeLimit::State {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::jthread clock;
};

double time_limit_of(const Parsed& parsed) {
  return parsed.has("time") ? parsed.get<Duration>("time").seconds : 0;
}

TimeLimit::TimeLimit(double seconds) {
  if (seconds == 0) return;
  state_ = std::make_unique<State>();
  state_->clock = std::jthread([state = state_.get(), seconds](const std::stop_token& token) {
    std::unique_lock lock(state->mutex);
    state->condition.wait_for(lock, token, std::chrono::duration<double>(seconds),
                              [] { return false; });
    if (!token.stop_requested()) request_stop();
  });
}

TimeLimit::~TimeLimit() = default;

}  // namespace convict::cli
