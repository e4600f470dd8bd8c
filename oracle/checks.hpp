#pragma once

#include <span>
#include <string_view>

#include "oracle/judge.hpp"

namespace convict::oracle {

/// A kind of trial: what `check=` in a recipe selects.
struct Check {
  std::string_view name;
  std::string_view description;
  bool takes_invalid_specs;
  Verdict (*run)(const Trial& trial, const Subject& subject, Custody& custody, Cases& cases);
};

std::span<const Check> checks();

/// Throws SpecError listing the checks when there is none of that name.
const Check& check_named(std::string_view name);

/// Carries out the trial's own check. Throws SpecError when the spec is invalid and the check does
/// not want such.
Verdict carry_out(const Trial& trial, const Subject& subject, Custody& custody, Cases& cases);

}  // namespace convict::oracle
