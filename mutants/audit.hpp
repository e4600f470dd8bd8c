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

/// A column of the kill matrix: a layer of the judge (hygiene, exact, bound), or a check by name.
std::vector<std::string_view> audit_columns();

/// What a column's trials made of a mutant whose fault they trigger.
struct Kills {
  std::size_t tried = 0;
  std::size_t convicted = 0;
};

/// One mutant before all checks.
struct MutantAudit {
  const mutants::Mutant* mutant = nullptr;
  std::vector<Kills> kills;      ///< by column
  bool witnessed = false;        ///< convicted as intended on its witness
  std::size_t suite_trials = 0;  ///< of the default suite, up to and with the first conviction
  bool found_by_suite = false;   ///< without anything known of the fault
  std::string convicted_on{};    ///< the trial of the suite that found it

  /// The column that was meant to, did.
  bool as_intended() const;
};

/// One right kernel before all checks.
struct RightKernelAudit {
  std::string kernel;
  std::size_t trials = 0;                   ///< that it took and that were judged
  std::vector<std::string> convicted_on{};  ///< must be empty
};

struct Audit {
  std::vector<MutantAudit> mutants;
  std::vector<RightKernelAudit> innocents;
  bool interrupted = false;
};

struct AuditOptions {
  int jobs = 1;
  std::size_t tries = 6;  ///< trials of each column that trigger a mutant's fault
  std::span<const Kernel> innocents;
  std::span<const Trial> innocent_trials;
  oracle::TruthKernels truth_kernels{};
  const std::atomic<bool>* stop = nullptr;
  /// Told after every kernel, by one thread at a time.
  std::function<void(std::size_t done, std::size_t total, std::string_view kernel)> progress;
};

/// The judge tried against its zoo. Every mutant meets, of every check, `tries` trials that trigger
/// its fault (its trigger says so, no check does), and the default suite, in order, until it is
/// convicted. Every innocent meets all of `innocent_trials`.
Audit audit(std::span<const Trial> suite, const AuditOptions& options);

}  // namespace convict::mutants
