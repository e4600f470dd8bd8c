// SPDX-License-Identifier: Apache-2.0
#include "cli/regressions.hpp"

#include <fmt/core.h>

#include "core/errors.hpp"
#include "core/printable.hpp"
#include "datasets/files/trial_file.hpp"
#include "reports/tables/finding_clusters.hpp"
#include "reports/words.hpp"

namespace convict::cli {
namespace {

std::vector<Trial> trials_in(const std::filesystem::path& file) {
  return datasets::read_trials(file, require_workable);
}

}  // namespace

Regressions regressions_of(const Parsed& parsed, const Selection& selection) {
  Regressions found;
  std::error_code ignored;
  if (parsed.has("first"))
    found.file = parsed.get<std::string>("first");
  else if (std::filesystem::exists(regressions_name, ignored))
    found.file = regressions_name;
  if (found.file.empty()) return found;
  found.trials = distinct(trials_in(found.file));
  std::erase_if(found.trials, [&](const Trial& trial) {
    return !selection.wants(trial.pass) || !selection.wants(trial.precision);
  });
  return found;
}

Keeper::Keeper(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code ignored;
  if (std::filesystem::exists(file_, ignored)) static_cast<void>(trials_in(file_));
}

void Keeper::trial(const TrialResult& result) {
  if (!is_finding(result.verdict.outcome) || result.repeated) return;
  const std::string comment =
      printable(fmt::format("{}, {}: {}", result.kernel, name_of(result.verdict.outcome),
                            reports::reason_text(result.verdict)));
  static_cast<void>(datasets::append_trial(file_, reports::repro_trial(result), comment));
}

void FromRegressions::trial(const TrialResult& result) {
  if (left_ == 0) return to_.trial(result);
  --left_;
  TrialResult named = result;
  named.source = regression_source;
  to_.trial(named);
}

}  // namespace convict::cli
