// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/verdict.hpp"
#include "fuzz/causes/find_cause.hpp"
#include "fuzz/past.hpp"
#include "oracle/truth/case.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

struct FindingOptions {
  double shrink_s = 5;               ///< for shrinking one finding, at most
  double probe_s = 2;                ///< for the experiment about its cause, at most; 0: none
  std::filesystem::path evidence{};  ///< folder for a file per cluster; empty: none
  const Past* past = nullptr;        ///< whose clusters are known already
  /// Trials as the search draws them, by number, for the experiment; empty: no experiment.
  std::function<Trial(std::size_t)> draw{};
};

/// Completes findings: gives each its cluster. The first of each cluster is shrunk, confirmed in
/// new workers, replayed ten times if it does not always come back, asked for its cause by
/// experiment, and its evidence is written.
class Findings {
 public:
  Findings(std::span<const sandbox::Subject> subjects, FindingOptions options);

  /// Results must come in the order of the trials. Throws EnvironmentError when evidence cannot be
  /// written.
  TrialResult completed(TrialResult result, std::size_t subject);

  /// Notes a trial that the subject passed, as material for experiments.
  void note_pass(const Trial& trial, std::size_t subject);

 private:
  /// What belongs to one subject; the sandbox is opened when it is needed.
  struct PerSubject {
    std::unique_ptr<sandbox::Sandbox> sandbox;
    std::vector<Trial> passed;  ///< the latest, in a ring
    std::size_t next = 0;
    std::vector<Cause> causes;  ///< those found so far
  };

  void complete_first(TrialResult& result, std::size_t subject);
  std::string cause_of(const TrialResult& result, const sandbox::Subject& subject, PerSubject& own);
  std::filesystem::path next_evidence();

  std::span<const sandbox::Subject> subjects_;
  FindingOptions options_;
  std::vector<PerSubject> own_;                    ///< by subject
  std::map<std::string, std::string> alias_;       ///< kernel, cluster_of -> cluster
  std::map<std::string, std::string> by_minimum_;  ///< kernel, shrunk spec, pass -> cluster
  std::size_t evidence_ = 0;
};

}  // namespace convict::fuzz
