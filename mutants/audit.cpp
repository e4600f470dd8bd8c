// SPDX-License-Identifier: Apache-2.0
#include "mutants/audit.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/errors.hpp"
#include "core/spec_text.hpp"
#include "datasets/random.hpp"
#include "mutants/answers.hpp"
#include "oracle/checks/checks.hpp"

namespace convict::mutants {
namespace {

constexpr std::array<std::string_view, 3> judge_layers = {"memory safety", "exact", "bound"};

std::size_t column_of(std::string_view name) {
  const auto columns = audit_columns();
  return static_cast<std::size_t>(std::ranges::find(columns, name) - columns.begin());
}

/// Trials by check. A trial of the check `judge` is also listed, with its check replaced, under
/// every check that applies to it.
using Pools = std::map<std::string_view, std::vector<Trial>>;

Pools pools_of(std::span<const Trial> suite) {
  Pools pools;
  for (const Trial& trial : suite)
    for (const oracle::Check& check : oracle::checks()) {
      if (check.name == "power") continue;
      if (trial.recipe.check == check.name) {
        pools[check.name].push_back(trial);
      } else if (trial.recipe.check == "judge" && check.does_not_apply != nullptr) {
        Trial other = trial;
        other.recipe.check = check.name;
        if (!check.does_not_apply(other)) pools[check.name].push_back(other);
      }
    }
  return pools;
}

/// A kernel under audit with its sandbox and the cases of its trials.
class AuditedKernel {
 public:
  AuditedKernel(sandbox::Subject subject, const oracle::TruthKernels& truth_kernels)
      : subject_(std::move(subject)), sandbox_(subject_.open()), cases_(nullptr, truth_kernels) {}

  Verdict verdict(const Trial& trial) {
    return oracle::carry_out(trial, subject_, *sandbox_, cases_);
  }

 private:
  sandbox::Subject subject_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  oracle::Cases cases_;
};

/// Up to `wanted` trials of a pool that trigger the fault, searched from `start` on.
std::vector<Trial> triggering(const mutants::Mutant& mutant, std::span<const Trial> pool,
                              std::size_t wanted, std::uint64_t start) {
  constexpr std::size_t patience = 60;  // trials examined for each that is wanted
  constexpr std::size_t stride = 7919;  // prime; neighbours in a suite are similar
  std::vector<Trial> chosen;
  const std::size_t most = std::min(pool.size(), wanted * patience);
  for (std::size_t i = 0; i < most && chosen.size() < wanted; ++i) {
    const Trial& trial = pool[(start + i * stride) % pool.size()];
    const Kernel& kernel = mutant.kernel;
    const bool taken =
        std::ranges::find(kernel.precisions, trial.precision) != kernel.precisions.end() &&
        std::ranges::find(kernel.passes, trial.pass) != kernel.passes.end();
    if (taken && mutant.triggered(trial)) chosen.push_back(trial);
  }
  return chosen;
}

void count(Kills& kills, bool found) {
  ++kills.tried;
  kills.found += found ? 1 : 0;
}

/// Fills audited.kills. The trials of each pool are searched from a place that depends on the
/// mutant's name.
void try_checks(MutantAudit& audited, const Pools& pools, const AuditOptions& options,
                AuditedKernel& audited_kernel) {
  const mutants::Mutant& mutant = *audited.mutant;
  std::uint64_t start = 0;
  for (const char letter : mutant.kernel.name)
    start = datasets::scramble(start + static_cast<unsigned char>(letter));
  for (const auto& [check, pool] : pools) {
    const bool judged = check == "judge";
    const bool profiles = check == "profile";  // hundreds of calls: once, where they may tell
    if (profiles && mutant.fault_class != "PREC") continue;
    const std::size_t wanted = judged ? 4 * options.tries : profiles ? 1 : options.tries;
    for (const Trial& trial : triggering(mutant, pool, wanted, start >> 16)) {
      if (options.stop != nullptr && options.stop->load()) return;
      const Verdict verdict = audited_kernel.verdict(trial);
      if (!judged) {
        if (verdict.outcome != Outcome::unsupported)
          count(audited.kills[column_of(check)], is_finding(verdict.outcome));
        continue;
      }
      const std::string_view values =
          datasets::fill_named(trial.recipe.fill).exact ? "exact" : "bound";
      if (!is_finding(verdict.outcome))
        count(audited.kills[column_of(values)], false);
      else if (std::ranges::find(judge_layers, verdict.layer) != judge_layers.end())
        count(audited.kills[column_of(verdict.layer)], true);
    }
  }
}

void try_example(MutantAudit& audited, AuditedKernel& audited_kernel) {
  const mutants::Mutant& mutant = *audited.mutant;
  const Verdict verdict = audited_kernel.verdict(parse_trial(mutant.example));
  const bool by_layer = std::ranges::find(judge_layers, mutant.intended) != judge_layers.end();
  audited.found_on_example =
      is_finding(verdict.outcome) && (!by_layer || verdict.layer == mutant.intended);
}

void try_suite(MutantAudit& audited, std::span<const Trial> suite, const AuditOptions& options,
               AuditedKernel& audited_kernel) {
  for (const Trial& trial : suite) {
    if (options.stop != nullptr && options.stop->load()) return;
    ++audited.suite_trials;
    if (!is_finding(audited_kernel.verdict(trial).outcome)) continue;
    audited.found_by_suite = true;
    audited.found_on = to_string(trial);
    return;
  }
}

RightKernelAudit audit_right_kernel(const Kernel& kernel, const AuditOptions& options) {
  RightKernelAudit audited{.kernel = kernel.name};
  AuditedKernel audited_kernel(sandbox::in_process(kernel), options.truth_kernels);
  for (const Trial& trial : options.right_trials) {
    if (options.stop != nullptr && options.stop->load()) break;
    const Outcome outcome = audited_kernel.verdict(trial).outcome;
    if (outcome == Outcome::unsupported) continue;
    ++audited.trials;
    if (is_finding(outcome)) audited.found_on.push_back(to_string(trial));
  }
  return audited;
}

AnswerAudit audit_answer(const Kernel& kernel, const AuditOptions& options) {
  const std::size_t step = kernel.claims.accumulator ? 3 : 1;
  AnswerAudit audited{.kernel = kernel.name};
  AuditedKernel audited_kernel(sandbox::in_process(kernel), options.truth_kernels);
  for (std::size_t at = 0; at < options.right_trials.size(); at += step) {
    const Trial& trial = options.right_trials[at];
    if (options.stop != nullptr && options.stop->load()) break;
    if (trial.recipe.check != "judge") continue;
    const Outcome outcome = audited_kernel.verdict(trial).outcome;
    if (outcome == Outcome::unsupported || !answer_was_wrong()) continue;
    ++audited.trials;
    if (is_finding(outcome)) ++audited.found;
    if (outcome == Outcome::mistrusted) ++audited.mistrusted;
    if (outcome == Outcome::pass) audited.passed_on.push_back(to_string(trial));
  }
  return audited;
}

/// Does every task once, on `jobs` threads. Rethrows the first exception.
void share(int jobs, std::size_t tasks, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&] {
    try {
      for (std::size_t task = next++; task < tasks; task = next++) work(task);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
      next = tasks;
    }
  };
  std::vector<std::jthread> threads;
  try {
    for (int job = 1; job < jobs; ++job) threads.emplace_back(run);
  } catch (const std::system_error& error) {
    next = tasks;
    throw cannot_start_job(threads.size() + 2, jobs, error);
  }
  run();
  threads.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

std::vector<std::string_view> audit_columns() {
  std::vector<std::string_view> columns(judge_layers.begin(), judge_layers.end());
  for (const oracle::Check& check : oracle::checks())
    if (check.name != "judge" && check.name != "power") columns.push_back(check.name);
  return columns;
}

bool MutantAudit::as_intended() const {
  return found_on_example || kills[column_of(mutant->intended)].found > 0;
}

Audit audit(std::span<const Trial> suite, const AuditOptions& options) {
  const auto mutants = mutants::all_mutants();
  const Pools pools = pools_of(suite);
  Audit result;
  result.mutants.resize(mutants.size());
  result.right_kernels.resize(options.right_kernels.size());
  std::mutex mutex;
  std::size_t done = 0;
  const std::vector<Kernel> answers = wrong_answers();
  result.answers.resize(answers.size());
  const std::size_t total = mutants.size() + options.right_kernels.size() + answers.size();
  share(options.jobs, total, [&](std::size_t task) {
    // Right kernels take longest and therefore come first.
    const std::size_t right = options.right_kernels.size();
    const bool is_right = task < right;
    const bool is_answer = !is_right && task < right + answers.size();
    const std::size_t at = is_right    ? task
                           : is_answer ? task - right
                                       : task - right - answers.size();
    const Kernel& kernel = is_right    ? options.right_kernels[at]
                           : is_answer ? answers[at]
                                       : mutants[at].kernel;
    if (is_right) {
      result.right_kernels[at] = audit_right_kernel(kernel, options);
    } else if (is_answer) {
      result.answers[at] = audit_answer(kernel, options);
    } else {
      MutantAudit& audited = result.mutants[at];
      audited.mutant = &mutants[at];
      audited.kills.resize(audit_columns().size());
      // Mutants that keep state between calls keep it per thread; this thread runs all trials of
      // the mutant. Every sequence of trials has its own sandbox.
      AuditedKernel first(subject_of(mutants[at]), options.truth_kernels);
      try_example(audited, first);
      AuditedKernel second(subject_of(mutants[at]), options.truth_kernels);
      try_suite(audited, suite, options, second);
      AuditedKernel third(subject_of(mutants[at]), options.truth_kernels);
      try_checks(audited, pools, options, third);
    }
    const std::scoped_lock lock(mutex);
    if (options.progress) options.progress(++done, total, kernel.name);
  });
  result.interrupted = options.stop != nullptr && options.stop->load();
  return result;
}

}  // namespace convict::mutants
