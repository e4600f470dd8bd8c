#include "oracle/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/errors.hpp"
#include "oracle/checks/power.hpp"

namespace convict::oracle {
namespace {

bool declares(const Kernel& row, const Trial& trial) {
  return std::ranges::find(row.passes, trial.pass) != row.passes.end() &&
         std::ranges::find(row.precisions, trial.precision) != row.precisions.end();
}

/// No kernel may take a problem that is no convolution. Nothing is run, so nothing can be written.
Verdict must_refuse(const Trial& trial, const Subject& subject, Custody& custody, Cases&) {
  Problem problem;
  problem.spec = trial.spec;
  problem.pass = trial.pass;
  problem.precision = trial.precision;
  Verdict verdict;
  verdict.layer = "refusal";
  if (!declares(subject.row, trial)) {
    verdict.outcome = Outcome::unsupported;
    verdict.reason = "does not take this pass and precision whatever the spec";
    return verdict;
  }
  const Admission admission = custody.admit(problem);
  if (admission.end.kind != CallEnd::Kind::returned) {
    verdict.outcome = admission.end.kind == CallEnd::Kind::hung ? Outcome::hung : Outcome::crashed;
    verdict.reason = admission.end.how;
  } else if (!admission.refusal) {
    verdict.outcome = Outcome::fail;
    verdict.reason = fmt::format(
        "accepted an invalid spec: {}",
        why_invalid(trial.spec).value_or("(the spec is valid: a mistake of the suite)"));
  }
  return verdict;
}

}  // namespace

std::span<const Check> checks() {
  static const Check table[] = {
      {"judge", "run twice, look around the buffers, compare every element", false, run_trial},
      {"power", "faults done to the right result must be seen", false, power},
      {"must_refuse", "an invalid spec must be refused", true, must_refuse},
  };
  return table;
}

const Check& check_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Check& check : checks()) {
    if (check.name == name) return check;
    names.push_back(check.name);
  }
  throw SpecError(
      fmt::format("check '{}' is unknown; it is one of {}", name, fmt::join(names, ", ")));
}

Verdict carry_out(const Trial& trial, const Subject& subject, Custody& custody, Cases& cases) {
  const Check& check = check_named(trial.recipe.check);
  if (!check.takes_invalid_specs) validate(trial.spec);
  return check.run(trial, subject, custody, cases);
}

}  // namespace convict::oracle
