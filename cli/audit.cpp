// SPDX-License-Identifier: Apache-2.0
#include "mutants/audit.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "cli/campaign.hpp"
#include "cli/environment.hpp"
#include "cli/quantities.hpp"
#include "cli/signals.hpp"
#include "cli/subjects.hpp"
#include "datasets/files/atomic_file.hpp"
#include "datasets/random.hpp"
#include "mutants/right/right.hpp"
#include "reference/kernels.hpp"
#include "reports/tables/audit_table.hpp"

namespace convict::cli {
namespace {

constexpr Manual audit_manual = {
    .usage = "convict audit [--tries N] [--sample N] [--markdown FILE] [OPTIONS]",
    .purpose =
        "Tests the judge itself by mutation testing: every mutant, a kernel with one planted "
        "fault, must be found by the\ncheck meant for it and by the default suite; right kernels "
        "of every arithmetic class must pass. Exit code 1 when\na mutant is missed or a right "
        "kernel fails.",
    .examples =
        "  convict audit\n"
        "  convict audit --tries 20 --markdown audit.md\n"
        "  convict audit --suite full --json\n"
        "  convict audit --tries 1 --sample 4\n"};

std::vector<Kernel> right_kernels() {
  std::vector<Kernel> kernels = {mutants::right()};
  for (const Kernel& kernel : reference::kernels()) kernels.push_back(kernel);
  for (const Kernel& kernel : mutants::right_kernels()) kernels.push_back(kernel);
  return kernels;
}

/// About one of `every` trials, drawn by place: neighbours in a suite are alike.
std::vector<Trial> sample_of(std::vector<Trial> trials, std::uint64_t every) {
  std::uint64_t place = 0;
  std::erase_if(trials, [&](const Trial&) { return datasets::scramble(place++) % every != 0; });
  return trials;
}

}  // namespace

int audit(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("tries", options::value<Count>()->value_name("N")->default_value({6}, "6"),
                        "trials that trigger the fault of a mutant, for each check")(
      "suite", options::value<std::string>()->value_name("SUITE")->default_value("core"),
      "what right kernels must pass: core, full, a shape set or a file")(
      "sample", options::value<Count>()->value_name("N")->default_value({1}, "1"),
      "right kernels and wrong answers get one of N trials of it")(
      "jobs", options::value<Jobs>()->value_name("N"),
      "kernels tested at once (default: one per core)")(
      "markdown", options::value<std::string>()->value_name("FILE"),
      "write the kill matrix to this file")("json",
                                            "print one JSON object at the end and nothing else");
  const Parsed parsed = parse(arguments, audit_manual, visible);
  if (parsed.helped) return exit_fine;
  const int jobs = jobs_of(parsed, {});
  const auto tries = static_cast<std::size_t>(parsed.get<Count>("tries").value);
  std::vector<Trial> suite = suite_trials("core");
  for (Trial& trial : suite_trials("everyday")) suite.push_back(std::move(trial));
  // A profile makes hundreds of calls; the first trial that finds a fault ends the suite.
  std::stable_partition(suite.begin(), suite.end(),
                        [](const Trial& trial) { return trial.recipe.check != "profile"; });
  const auto& right_suite = parsed.get<std::string>("suite");
  const std::vector<Trial> right_trials = sample_of(
      suite_trials(right_suite), static_cast<std::uint64_t>(parsed.get<Count>("sample").value));
  const std::vector<Kernel> right = right_kernels();

  std::optional<datasets::AtomicFile> markdown;
  if (parsed.has("markdown")) markdown.emplace(parsed.get<std::string>("markdown"));

  mutants::AuditOptions options{.jobs = jobs,
                                .tries = tries,
                                .right_kernels = right,
                                .right_trials = right_trials,
                                .truth_kernels = truth_kernels(jobs),
                                .stop = &stop_requested(),
                                .progress = {}};
  if (!parsed.has("json"))
    options.progress = [live = isatty(STDOUT_FILENO) == 1](std::size_t done, std::size_t total,
                                                           std::string_view kernel) {
      if (live)
        fmt::print("\r\x1b[K{} of {} kernels: {}{}", done, total, kernel,
                   done == total ? "\n" : "");
      else if (done % 20 == 0 || done == total)
        fmt::print("{} of {} kernels\n", done, total);
      std::fflush(stdout);
    };
  const mutants::Audit result = mutants::audit(suite, options);
  if (markdown && !result.interrupted) {
    const std::string text = reports::audit_markdown(result);
    markdown->commit(std::as_bytes(std::span(text)));
  }
  fmt::print("{}",
             parsed.has("json") ? reports::audit_json(result) : reports::audit_summary(result));
  if (interrupted_by_user()) return exit_interrupted;
  return reports::audit_holds(result) ? exit_fine : exit_finding;
}

}  // namespace convict::cli
