// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "reports/summary/summary.hpp"
#include "run/observer.hpp"

namespace convict::reports {

/// Writes JUnit XML when the run ends: a test suite per kernel, a test case per (pass, precision,
/// fill) of its trials, or per pass for a search, which only counts most of its trials. A case
/// fails when a trial in it is a finding, is skipped when the kernel computed nothing in it and had
/// nothing to refuse; mistrusted, unsupported and untried trials are named in its output, with the
/// number of calls of the kernel. The text of a failure begins with the failure
/// conditions.
class Junit final : public run::Observer {
 public:
  enum class Cases { by_data, by_pass };
  explicit Junit(std::filesystem::path path, Cases cases = Cases::by_data)
      : path_(std::move(path)), cases_(cases) {}

  void begin(const run::RunInfo& info) override;
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override;
  /// Throws EnvironmentError naming the file when it cannot be written.
  void end(const run::RunEnd& end) override;

  /// One test case.
  struct Case {
    run::Tally tally;
    double time_ms = 0;
    std::vector<TrialResult> findings;  ///< the first ones
    std::map<std::string, std::size_t> unsupported;
    std::map<std::string, std::size_t> mistrusted;
    std::map<std::string, std::size_t> not_tried;
  };
  /// One test suite: cases by name, "forward f32 exact" or "regression forward f32 exact".
  struct Suite {
    std::string name;
    std::map<std::string, Case> cases;
    std::map<std::string, std::size_t> unsupported;  ///< of trials that were only counted
    std::map<std::string, std::size_t> not_tried;    ///< likewise
    std::vector<std::string> conditions;             ///< failure conditions
  };

 private:
  Suite& suite(const std::string& kernel);

  std::filesystem::path path_;
  Cases cases_;
  std::vector<Suite> suites_;
  std::unordered_map<std::string, std::size_t> index_;  ///< of suites_, by name
  Summarizer summarizer_{counts_only};
};

}  // namespace convict::reports
