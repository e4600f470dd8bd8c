// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "cli/campaign.hpp"
#include "cli/golden_set.hpp"
#include "cli/quantities.hpp"
#include "cli/subjects.hpp"
#include "core/errors.hpp"
#include "datasets/suite.hpp"

namespace convict::cli {
namespace {

constexpr Manual dataset_manual = {
    .usage = "convict dataset make|check FILE.h5 [OPTIONS]",
    .purpose =
        "make: writes golden operands, truth and bound of a suite's trials; docs/datasets.md has "
        "the layout.\n"
        "check: reads a golden file, verifies its checksums and shapes, and compares its truth "
        "with the reference.",
    .examples =
        "  convict dataset check datasets/golden.h5\n"
        "  convict dataset make mine.h5 --suite edge --precision f32\n"
        "  convict dataset make mine.h5 --suite core --cases 500 --largest 300\n"};

/// Trials of the plain check whose tensors have at most `largest` elements each.
std::vector<Trial> small_trials(std::vector<Trial> trials, index_t largest) {
  std::erase_if(trials, [&](const Trial& trial) {
    if (trial.recipe.check != "judge") return true;
    const index_t elements = std::max(
        {input_elements(trial.spec), filter_elements(trial.spec), output_elements(trial.spec)});
    return elements > largest;
  });
  return trials;
}

int make(const Parsed& parsed, const std::string& path) {
  const Selection selection(parsed);
  std::vector<Trial> trials =
      datasets::suite_named(parsed.get<std::string>("suite"), require_workable);
  const auto stride = static_cast<std::size_t>(parsed.get<Count>("every").value);
  trials = small_trials(std::move(trials), parsed.get<Count>("largest").value);
  std::size_t number = 0;
  std::erase_if(trials, [&](const Trial&) { return number++ % stride != 0; });
  trials = selection.of(std::move(trials));
  std::vector<datasets::GoldenCase> cases;
  for (const Trial& trial : trials) {
    const oracle::Case known = oracle::make_case(trial);
    if (!known.fill->exact || known.limits) cases.push_back(oracle::golden_of(known));
  }
  if (cases.empty()) throw UsageError("no trial of the suite is left to write");
  datasets::write_golden(path, cases);
  fmt::print("{}: {} cases, {} bytes\n", path, cases.size(), std::filesystem::file_size(path));
  return exit_fine;
}

int check(const std::string& path) {
  const oracle::GoldenCases cases = read_golden_cases(path);
  for (const auto& [text, golden] : cases) static_cast<void>(oracle::case_of(golden));
  fmt::print("{}: {} cases, checksums and shapes are right, truth agrees with the reference\n",
             path, cases.size());
  return exit_fine;
}

}  // namespace

int dataset(const Arguments& arguments) {
  options::options_description visible;
  visible.add_options()("suite",
                        options::value<std::string>()->value_name("SUITE")->default_value("core"),
                        "core, full, a shape set or a file of specs")(
      "largest", options::value<Count>()->value_name("N")->default_value({2000}, "2000"),
      "leave out trials with a larger tensor (elements)")(
      "every", options::value<Count>()->value_name("N")->default_value({1}, "1"),
      "keep every N-th trial that is left")(
      "pass", options::value<std::vector<std::string>>()->value_name("PASS")->composing(),
      "only this pass (repeatable)")(
      "precision", options::value<std::vector<std::string>>()->value_name("PRECISION")->composing(),
      "only this precision (repeatable)")("cases", options::value<Count>()->value_name("N"),
                                          "at most N cases");
  const Parsed parsed = parse(arguments, dataset_manual, visible, {"ACTION", "FILE"});
  if (parsed.helped) return exit_fine;
  const auto& action = parsed.get<std::string>("ACTION");
  if (action == "make") return make(parsed, parsed.get<std::string>("FILE"));
  if (action == "check") return check(parsed.get<std::string>("FILE"));
  throw UsageError(
      fmt::format("'{}' is not make or check; usage: {}", action, dataset_manual.usage));
}

}  // namespace convict::cli
