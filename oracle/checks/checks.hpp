// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/judge/judge.hpp"

namespace convict::oracle {

/// A kind of trial: what `check=` in a recipe selects.
struct Check {
  std::string_view name;
  std::string_view description;  ///< what has to hold
  std::string_view layer;        ///< the layer that its verdicts name
  bool takes_invalid_specs;
  /// Why the check does not apply to a trial, or nothing. Null: it applies to every trial.
  std::optional<std::string> (*does_not_apply)(const Trial& trial);
  Verdict (*run)(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                 Cases& cases);
};

std::span<const Check> checks();

/// Throws SpecError, which lists all checks, when there is none with that name.
const Check& check_named(std::string_view name);

/// Runs the check that the trial's recipe names; unsupported when it does not apply. Throws
/// SpecError when the spec is invalid and the check does not take invalid specs.
Verdict carry_out(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases);

/// The trial with check number `choice` (modulo their number) of the checks other than `judge` that
/// apply to it; unchanged when none does.
Trial under_another_check(const Trial& trial, std::uint64_t choice);

/// First a trial with check=profile for every pass and precision among `trials`. Then `trials`;
/// after every `every`-th trial with check=judge, the same problem again with another check: of
/// those that apply to it, the one used least so far. A check that needs exact or flat data gets
/// fill=exact where the trial has another fill. Throws SpecError when `every` is 0.
std::vector<Trial> with_checks(std::vector<Trial> trials, std::size_t every);

}  // namespace convict::oracle
