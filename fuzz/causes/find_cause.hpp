// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/causes/formula.hpp"

namespace convict::fuzz {

/// A trial and whether the kernel failed on it.
struct Probe {
  Trial trial;
  bool failed = false;
};

/// What is asked to find the cause of a finding.
struct Experiment {
  Trial minimum{};             ///< fails; its spec is valid
  std::vector<Probe> known{};  ///< trials carried out before
  /// Carries out a trial: whether it fails; nothing when it says neither (refused, mistrusted).
  std::function<std::optional<bool>(const Trial&)> fails{};
  /// Trial number i of those that the search would draw.
  std::function<Trial(std::size_t)> draw{};
  std::size_t most_probes = 400;
  double time_s = 2;
};

/// Under which condition a kernel fails, and the probes that support it.
struct Cause {
  Formula formula{};  ///< without terms when nothing was found that separates
  std::size_t failed_with = 0, probes_with = 0;        ///< probes that satisfy the formula
  std::size_t failed_without = 0, probes_without = 0;  ///< the others
};

/// Finds the cause by experiment: changes the minimum in one field at a time, crosses it with what
/// the search draws, and fits a formula to the outcomes. Then it tries to refute the formula:
/// trials that satisfy it and differ in all else should fail; those that break one of its literals
/// and satisfy the others should pass. What contradicts it is fitted again, until nothing has for a
/// while or `most_probes` or `time_s` is used up.
Cause find_cause(const Experiment& experiment);

/// "fails where bf16 and dilation > 1: in 61 of 61 probes with it, in 0 of 140 without". "where":
/// at least nine tenths of the probes that satisfy the formula fail; "more often where": at least
/// three quarters. Otherwise it says that nothing separates them.
std::string cause_text(const Cause& cause);

}  // namespace convict::fuzz
