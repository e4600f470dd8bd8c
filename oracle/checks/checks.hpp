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
  std::string_view description;  ///< what it demands
  std::string_view layer;        ///< what its verdicts say decided
  bool takes_invalid_specs;
  /// Why this trial cannot be checked this way, or nothing; null: every trial can.
  std::optional<std::string> (*does_not_apply)(const Trial& trial);
  Verdict (*run)(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                 Cases& cases);
};

std::span<const Check> checks();

/// Throws SpecError listing the checks when there is none of that name.
const Check& check_named(std::string_view name);

/// Carries out the trial's own check; unsupported when it does not apply. Throws SpecError when the
/// spec is invalid and the check does not want such.
Verdict carry_out(const Trial& trial, const sandbox::Subject& subject, sandbox::Sandbox& sandbox,
                  Cases& cases);

/// The trial under one of the other checks that apply to it, the `choice`-th of them in turn;
/// unchanged when none does.
Trial under_another_check(const Trial& trial, std::uint64_t choice);

/// First a profile for every pass and precision among `trials`; then these, and after every
/// `every`-th judged one the same problem under another check that applies to it, of these the one
/// used least so far. Checks that take exact and flat data only get exact data where the trial has
/// others. Throws SpecError when `every` is 0.
std::vector<Trial> with_checks(std::vector<Trial> trials, std::size_t every);

}  // namespace convict::oracle
