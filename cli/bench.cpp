// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>

#include "cli/campaign.hpp"
#include "cli/environment.hpp"
#include "cli/new_file.hpp"
#include "cli/quantities.hpp"
#include "cli/signals.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "core/printable.hpp"
#include "datasets/suite.hpp"
#include "ops/kernels.hpp"
#include "oracle/truth/memory_needed.hpp"
#include "reports/tables/race_table.hpp"
#include "reports/tables/refusals.hpp"
#include "reports/words.hpp"
#include "timing/race.hpp"

namespace convict::cli {
namespace {

constexpr Manual bench_manual = {
    .usage =
        "convict bench [--kernel NAME|GLOB]... [--suite SET|FILE] [--against NAME|GLOB] [OPTIONS]",
    .purpose =
        "Times kernels in turns on the same problems, on data that changes every call, with the "
        "caches flushed.\nResults of timed calls are judged; a kernel that is wrong, works outside "
        "its stream or is faster than\nthe device can be gets no time. Speed is relative to "
        "--against, else to the fastest, with a 95 % interval.",
    .examples =
        "  convict bench --suite resnet50 --pass forward --precision f32\n"
        "  convict bench --kernel 'optimized.*' --suite vgg19 --threads 1 --time 0.5\n"
        "  convict bench --device gpu --against 'gpu.cudnn*' --batch 256 --out bench\n"};

options::options_description bench_options() {
  options::options_description description;
  description.add_options()(
      "suite", options::value<std::string>()->value_name("SUITE")->default_value("resnet50"),
      "a shape set or a file of specs, one a line")(
      "against", options::value<std::string>()->value_name("GLOB")->default_value(""),
      "kernels of which the fastest is the unit of speed (default: all)")(
      "batch", options::value<Count>()->value_name("N"), "this many images instead of the suite's")(
      "fill", options::value<std::string>()->value_name("FILL")->default_value("exact"),
      "the rule that makes the data")("threads", options::value<Threads>()->value_name("N"),
                                      "of a kernel on the CPU (default: one per core)")(
      "time", options::value<Duration>()->value_name("SEC")->default_value({1}, "1"),
      "for each problem: 1, 500ms, 2m")("warm", "do not flush the caches before each call")(
      "out", options::value<std::string>()->value_name("DIR"),
      "folder for bench.jsonl, a line per problem")(
      "json", "print the lines of bench.jsonl instead of tables");
  return description;
}

/// Every problem of the suite once for each pass and precision, with the fill asked for.
std::vector<Trial> problems_of(const Parsed& parsed) {
  const Selection selection(parsed);
  std::vector<Trial> trials;
  for (const Trial& listed :
       datasets::suite_named(parsed.get<std::string>("suite"), require_workable)) {
    for (const Precision precision : all_precisions) {
      Trial trial{.spec = listed.spec, .pass = listed.pass, .precision = precision, .recipe = {}};
      if (parsed.has("batch")) trial.spec.batch = parsed.get<Count>("batch").value;
      trial.recipe.fill = parsed.get<std::string>("fill");
      trial.recipe.threads = parsed.has("threads")
                                 ? static_cast<int>(parsed.get<Threads>("threads").value)
                                 : available_cores();
      const bool known = std::ranges::find(trials, trial) != trials.end();
      if (!known && selection.wants(trial.pass) && selection.wants(precision))
        trials.push_back(trial);
    }
  }
  for (const Trial& trial : trials) require_workable(parse_trial(to_string(trial)));
  return trials;
}

/// Throws UsageError for a plug-in: it runs in a worker process, where it cannot be timed.
std::vector<timing::Contestant> contestants_of(const Roster& roster) {
  std::vector<timing::Contestant> contestants;
  for (const sandbox::Subject& subject : roster.subjects) {
    if (!subject.kernel.run)
      throw UsageError(
          fmt::format("bench times built-in kernels only; {} is a plug-in", subject.kernel.name));
    contestants.push_back({&subject.kernel, &device_of(subject.kernel)});
  }
  return contestants;
}

/// Throws UsageError when --against names none of the kernels, not even one that cannot run here.
void require_baseline(const Roster& roster, const std::string& against) {
  const auto is_named = [&](const std::string& name) {
    return ::fnmatch(against.c_str(), name.c_str(), 0) == 0;
  };
  for (const sandbox::Subject& subject : roster.subjects)
    if (is_named(subject.kernel.name)) return;
  for (const auto& [kernel, why] : roster.absent)
    if (is_named(kernel)) return;
  if (!against.empty())
    throw UsageError(fmt::format("--against {} names none of the kernels to be timed", against));
}

/// The contestants that declare a trial's pass and precision.
std::vector<timing::Contestant> entered(const std::vector<timing::Contestant>& contestants,
                                        const Trial& trial) {
  std::vector<timing::Contestant> fit;
  for (const timing::Contestant& contestant : contestants) {
    const Kernel& kernel = *contestant.kernel;
    if (std::ranges::find(kernel.passes, trial.pass) != kernel.passes.end() &&
        std::ranges::find(kernel.precisions, trial.precision) != kernel.precisions.end())
      fit.push_back(contestant);
  }
  return fit;
}

bool any_wrong(const timing::Race& race) {
  return std::ranges::any_of(race.finishes, &timing::Finish::wrong);
}

using Reasons = std::map<std::string, std::size_t>;

/// Why the kernels were not timed, if none was on any problem: "nothing was timed" and the most
/// frequent reasons, with those of problems that had no race. Empty where some time was measured.
std::string why_nothing_was_timed(std::span<const timing::Race> races, Reasons reasons) {
  for (const timing::Race& race : races)
    for (const timing::Finish& finish : race.finishes) {
      if (!finish.times_ms.empty()) return "";
      ++reasons[fmt::format("{}: {}", finish.kernel, finish.excluded.value_or("stopped before"))];
    }
  return "nothing was timed\n" + reports::reason_lines(reasons);
}

/// Writes bench.jsonl; throws EnvironmentError when the disk does not take a line.
class Lines {
 public:
  explicit Lines(const std::filesystem::path& directory) : path_(directory / "bench.jsonl") {
    std::filesystem::create_directories(directory);
    write_new(path_, "");
    file_.open(path_);
  }
  void write(const std::string& line) {
    file_ << line << '\n' << std::flush;
    if (!file_) throw EnvironmentError(fmt::format("cannot write {}", path_.string()));
  }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace

int bench(const Arguments& arguments) {
  options::options_description visible;
  visible.add(subject_options()).add(bench_options());
  const Parsed parsed = parse(arguments, bench_manual, visible);
  if (parsed.helped) return exit_fine;

  const Roster roster = roster_of(parsed, BuiltInsRun::here, {"optimized.*", "gpu.*"});
  const std::vector<timing::Contestant> contestants = contestants_of(roster);
  const std::vector<Trial> trials = problems_of(parsed);
  const double time_s = time_limit_of(parsed);
  const auto& against = parsed.get<std::string>("against");
  require_baseline(roster, against);
  std::optional<Lines> lines;
  if (parsed.has("out")) lines.emplace(parsed.get<std::string>("out"));
  const bool json = parsed.has("json");
  if (!json)
    for (const auto& [kernel, why] : roster.absent)
      fmt::print("not run: {}: {}\n", printable(kernel), printable(why));

  std::vector<timing::Race> races;
  Reasons without_race;
  for (const Trial& trial : trials) {
    if (stop_requested()) break;
    const auto fit = entered(contestants, trial);
    if (fit.empty()) {
      ++without_race[fmt::format("no kernel computes {} in {}", name_of(trial.pass),
                                 name_of(trial.precision))];
      continue;
    }
    constexpr int data_sets = 3;
    // One problem at a time, and several sets of data for it.
    const MemoryBudget budget(available_memory() / 2 / data_sets);
    if (const auto why = oracle::why_too_large(trial.spec, budget)) {
      fmt::print(stderr, "not timed: {}: {}\n", to_string(trial), printable(*why));
      ++without_race[*why];
      continue;
    }
    races.push_back(timing::race(trial, fit,
                                 {.time_s = time_s,
                                  .data_sets = data_sets,
                                  .cold = !parsed.has("warm"),
                                  .truth_kernels = truth_kernels(),
                                  .stop = &stop_requested()}));
    const std::string line = reports::race_json(races.back(), against);
    if (lines) lines->write(line);
    fmt::print("{}\n", json ? line : reports::race_table(races.back(), against));
    std::fflush(stdout);
  }
  if (!json) fmt::print("{}", reports::standings_table(races, against));
  if (interrupted_by_user()) return exit_interrupted;
  if (std::ranges::any_of(races, any_wrong)) return exit_finding;
  const std::string nothing = why_nothing_was_timed(races, std::move(without_race));
  fmt::print(stderr, "{}", nothing);
  return nothing.empty() ? exit_fine : exit_usage;
}

}  // namespace convict::cli
