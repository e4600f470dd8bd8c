// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/kernel.hpp"
#include "core/trial.hpp"
#include "mutants/mutants.hpp"
#include "oracle/truth/truth_kernels.hpp"

namespace convict::mutants {

/// The columns of the kill matrix: the layers of the judge (memory safety, exact, bound), then the
/// checks by name.
std::vector<std::string_view> audit_columns();

/// How many trials of a column that trigger a mutant's fault were tried, and how many found it.
struct Kills {
  std::size_t tried = 0;
  std::size_t found = 0;  ///< trials that found the fault
};

/// The results of all checks on one mutant.
struct MutantAudit {
  const mutants::Mutant* mutant = nullptr;
  std::vector<Kills> kills;       ///< by column
  bool found_on_example = false;  ///< the intended check found it on its example trial
  std::size_t suite_trials = 0;   ///< of the suite, up to and including the first finding
  bool found_by_suite = false;    ///< by a trial chosen without knowledge of the fault
  std::string found_on{};         ///< the trial of the suite that found it

  /// The intended column found the fault.
  bool as_intended() const;
};

/// The results of all trials on one right kernel.
struct RightKernelAudit {
  std::string kernel;
  std::size_t trials = 0;               ///< with another outcome than unsupported
  std::vector<std::string> found_on{};  ///< trials with a finding; must be empty
};

/// What the trials of the judge said of one wrong answer (see wrong_answers), where it differs from
/// the right one.
struct AnswerAudit {
  std::string kernel;
  std::size_t trials = 0;
  std::size_t found = 0;                 ///< findings
  std::size_t mistrusted = 0;            ///< passed, but said to decide nothing
  std::vector<std::string> passed_on{};  ///< trials that passed; must be empty
};

struct Audit {
  std::vector<MutantAudit> mutants;
  std::vector<RightKernelAudit> right_kernels;  ///< the right kernels
  std::vector<AnswerAudit> answers;
  bool interrupted = false;
};

struct AuditOptions {
  int jobs = 1;
  std::size_t tries = 6;                  ///< trials of each column that trigger a mutant's fault
  std::span<const Kernel> right_kernels;  ///< right kernels
  std::span<const Trial> right_trials;    ///< for the right kernels
  oracle::TruthKernels truth_kernels{};
  const std::atomic<bool>* stop = nullptr;
  /// Called after every kernel, by one thread at a time.
  std::function<void(std::size_t done, std::size_t total, std::string_view kernel)> progress;
};

/// Tests the judge with mutants. On every mutant it carries out, for each check, `tries` trials
/// that trigger its fault (according to Mutant::triggered), and `suite` in order until a trial
/// finds it. On every right kernel it carries out all of `right_trials`, and on every wrong answer
/// those of them with check=judge (every third of them for claimed accumulators).
Audit audit(std::span<const Trial> suite, const AuditOptions& options);

}  // namespace convict::mutants
