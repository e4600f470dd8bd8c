// SPDX-License-Identifier: Apache-2.0
#include "cli/search.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "cli/campaign.hpp"
#include "cli/environment.hpp"
#include "cli/quantities.hpp"
#include "cli/signals.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "datasets/suite.hpp"

namespace convict::cli {
namespace {

constexpr double default_time_s = 60;

std::size_t shard_number(std::string_view text, const std::string& option) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1)
    throw UsageError(fmt::format("--shard {} must be I/N with 1 <= I <= N", option));
  return value;
}

fuzz::Space space_of(const Parsed& parsed, const Selection& selection,
                     std::span<const sandbox::Subject> subjects) {
  fuzz::Space space;
  const auto& shard = parsed.get<std::string>("shard");
  const std::size_t slash = std::min(shard.find('/'), shard.size());
  space.shard = shard_number(std::string_view(shard).substr(0, slash), shard);
  space.shards =
      shard_number(std::string_view(shard).substr(std::min(slash + 1, shard.size())), shard);
  if (space.shard > space.shards)
    throw UsageError(fmt::format("--shard {} must be I/N with 1 <= I <= N", shard));
  space.seed = seed_of(parsed);
  space.passes = {all_passes.begin(), all_passes.end()};
  space.precisions = {all_precisions.begin(), all_precisions.end()};
  std::erase_if(space.passes, [&](Pass pass) { return !selection.wants(pass); });
  std::erase_if(space.precisions, [&](Precision precision) { return !selection.wants(precision); });
  space = fuzz::within_reach(space, subjects);
  if (space.passes.empty() || space.precisions.empty())
    throw UsageError(
        "no kernel given takes a pass and precision that --pass and --precision leave");
  return space;
}

template <class Value>
std::string names_of(const std::vector<Value>& values) {
  std::string names;
  for (const Value value : values)
    names += fmt::format("{}{}", names.empty() ? "" : " ", name_of(value));
  return names;
}

/// Whether all kernels are Python scripts. Loops of theirs over a large problem take minutes.
bool only_scripts(std::span<const sandbox::Subject> subjects) {
  return std::ranges::all_of(subjects, [](const sandbox::Subject& subject) {
    return subject.kernel.name.find(".py:") != std::string::npos;
  });
}

constexpr std::string_view widest_fact = "largest tensors";

/// What the trials of a search depend on, besides its seed and kernels.
std::vector<std::pair<std::string, std::string>> identity_of(const fuzz::Space& space) {
  return {{"shard", fmt::format("{}/{}", space.shard, space.shards)},
          {"passes", names_of(space.passes)},
          {"precisions", names_of(space.precisions)},
          {std::string(widest_fact), fmt::format("2^{} elements", space.widest_bits)}};
}

/// Throws InputError when a plug-in file changed: its findings would be mixed with those of the old
/// one.
void require_same_files(const run::RunInfo& now, const run::RunInfo& before,
                        const std::string& where) {
  for (const auto& [path, hash] : now.files) {
    const auto was =
        std::ranges::find(before.files, path, &std::pair<std::string, std::string>::first);
    if (was != before.files.end() && was->second != hash)
      throw InputError(fmt::format(
          "cannot resume {}: the contents of {} changed (hash {}, was {}); start a new search",
          where, path, hash, was->second));
  }
}

}  // namespace

options::options_description search_options() {
  options::options_description description;
  description.add_options()("seed", options::value<Seed>()->value_name("N"),
                            "another seed draws other trials (default: 0)")(
      "shard", options::value<std::string>()->value_name("I/N")->default_value("1/1"),
      "I/N: this run's part of a search by N runs of one seed")(
      "cases", options::value<Count>()->value_name("N"), "stop after N trials")(
      "time", options::value<Duration>()->value_name("SEC"),
      "stop after so long: 90, 90s, 5m, 1h (default: 60)")(
      "suite", options::value<std::string>()->value_name("SUITE"),
      "a shape set or a file of specs, one a line: problems to start from, for a kernel that takes "
      "few")("resume", "go on with the search in --out where its journal ends");
  return description;
}

Search search_of(const Arguments& arguments, const Parsed& parsed) {
  Search search;
  const Selection selection(parsed);
  Roster roster = roster_of(parsed, BuiltInsRun::in_worker);
  search.options.jobs = jobs_of(parsed, roster);
  search.subjects = std::move(roster.subjects);
  search.options.space = space_of(parsed, selection, search.subjects);
  if (parsed.has("cases"))
    search.options.cases = static_cast<std::size_t>(parsed.get<Count>("cases").value);
  const bool limited = parsed.has("time") || parsed.has("cases");
  search.time_s = limited ? time_limit_of(parsed) : default_time_s;
  if (parsed.has("resume") && !parsed.has("out"))
    throw UsageError("--resume needs the --out folder of the search to go on with");
  search.directory = output_directory(parsed, "fuzz");
  search.options.space.large = !only_scripts(search.subjects);
  search.options.space.widest_bits =
      search.options.space.large ? fuzz::widest_bits(search.options.jobs) : 0;
  if (parsed.has("suite"))
    search.hints = datasets::suite_named(parsed.get<std::string>("suite"), require_workable);
  // A trial may be about a problem that must be refused; nothing can be learnt from these.
  std::erase_if(search.hints, [](const Trial& hint) { return why_invalid(hint.spec).has_value(); });
  search.options.evidence = search.directory / "evidence";
  search.options.stop = &stop_requested();
  search.options.truth_kernels = truth_kernels(search.options.jobs);
  search.info = {.command = "fuzz",
                 .arguments = command_line("fuzz", arguments),
                 .suite = parsed.has("suite") ? parsed.get<std::string>("suite") : "",
                 .seed = search.options.space.seed,
                 .absent = std::move(roster.absent),
                 .trials = parsed.has("cases") ? search.options.cases * search.subjects.size() : 0,
                 .environment = environment()};
  for (const auto& fact : identity_of(search.options.space))
    search.info.environment.push_back(fact);
  for (const sandbox::Subject& subject : search.subjects) add_kernel(search.info, subject.kernel);
  if (parsed.has("kernel"))
    search.info.files = plugin_hashes(parsed.get<std::vector<std::string>>("kernel"));
  return search;
}

int widest_bits_of(const run::RunInfo& info) {
  for (const auto& [key, value] : info.environment)
    for (const int bits : {24, 31})
      if (key == widest_fact && value == fmt::format("2^{} elements", bits)) return bits;
  return 0;
}

void require_same_search(const run::RunInfo& now, const run::RunInfo& before,
                         const std::string& where) {
  const auto require = [&](std::string_view what, const std::string& is, const std::string& was) {
    if (is != was)
      throw InputError(
          fmt::format("cannot resume {}: {} is '{}' and was '{}'", where, what, is, was));
  };
  const auto fact = [](const run::RunInfo& info, std::string_view name) {
    for (const auto& [key, value] : info.environment)
      if (key == name) return value;
    return std::string();
  };
  require("the command", now.command, before.command);
  require("--suite", now.suite, before.suite);
  require("--seed", fmt::format("{}", now.seed), fmt::format("{}", before.seed));
  require("--kernel", fmt::format("{}", fmt::join(now.kernels, " ")),
          fmt::format("{}", fmt::join(before.kernels, " ")));
  for (const char* const name : {"convict", "compiler", "build", "shard", "passes", "precisions"})
    require(name, fact(now, name), fact(before, name));
  // Journals of earlier versions have no hashes.
  if (!before.files.empty()) require_same_files(now, before, where);
}

}  // namespace convict::cli
