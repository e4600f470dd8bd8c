#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/observer.hpp"

namespace convict::reports {

/// Writes JUnit XML when the run ends: a test suite per kernel, a test case per (pass, precision,
/// fill) of its trials. A case fails when a trial in it is a finding, is skipped when all were
/// unsupported; mistrusted and unsupported trials are named in its output.
class Junit final : public Observer {
 public:
  explicit Junit(std::filesystem::path path) : path_(std::move(path)) {}

  void begin(const RunInfo& info) override;
  void trial(const TrialResult& result) override;
  /// Throws EnvironmentError naming the file when it cannot be written.
  void end(const RunEnd& end) override;

  /// One test case.
  struct Case {
    Tally tally;
    double time_ms = 0;
    std::vector<TrialResult> findings;  ///< the first ones
    std::map<std::string, std::size_t> unsupported;
    std::map<std::string, std::size_t> mistrusted;
  };
  /// One test suite: cases by name, "forward f32 exact"; those of regressions have that before it.
  struct Suite {
    std::string name;
    std::map<std::string, Case> cases;
  };

 private:
  Suite& suite(const std::string& kernel);

  std::filesystem::path path_;
  std::vector<Suite> suites_;
};

}  // namespace convict::reports
