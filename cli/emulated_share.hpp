// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/subjects.hpp"
#include "core/trial.hpp"
#include "run/run_suite.hpp"

namespace convict::cli {

/// The share of a suite that our kernels for a GPU get on the emulated device, where none of them
/// can run on this machine's GPU: one in 20 of its trials, drawn, small problems only. Empty for a
/// suite of so few trials that building the kernels would take longer.
class EmulatedShare {
 public:
  EmulatedShare(std::span<const Trial> suite, const sandbox::Limits& limits);

  const std::vector<sandbox::Subject>& subjects() const { return subjects_; }
  std::size_t trials() const { return trials_.size() * subjects_.size(); }
  /// Adds a note to `end`: how many trials were carried out, or why none.
  void carry_out(run::Observer& observer, const run::RunOptions& options, run::RunEnd& end) const;

 private:
  std::optional<std::string> why_not_built() const;

  std::optional<std::string> why_not_{};  ///< there is no compiler
  std::vector<sandbox::Subject> subjects_;
  std::vector<Trial> trials_;
};

}  // namespace convict::cli
