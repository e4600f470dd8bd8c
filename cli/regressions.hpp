// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/campaign.hpp"
#include "run/observer.hpp"

namespace convict::cli {

/// The file in which `conform` looks for kept findings, unless --first names another.
inline constexpr const char* regressions_name = "convict-regressions.txt";

/// Trials that were findings of earlier runs, and the file that has them.
struct Regressions {
  std::filesystem::path file{};  ///< empty: there is none
  std::vector<Trial> trials{};
};

/// The trials of --first, else of convict-regressions.txt in the current folder, if there is one;
/// only those that --pass and --precision select. Throws FileError naming line and value for a
/// trial that cannot be carried out.
Regressions regressions_of(const Parsed& parsed, const Selection& selection);

/// Appends the shrunk trial of each finding that repeats no other to a file, unless it is there.
class Keeper final : public run::Observer {
 public:
  /// Throws FileError when the file exists and is no list of trials.
  explicit Keeper(std::filesystem::path file);
  void trial(const TrialResult& result) override;

 private:
  std::filesystem::path file_;
};

/// Passes everything on to `to`, the first `count` results with regression_source as their source.
class FromRegressions final : public run::Observer {
 public:
  FromRegressions(run::Observer& to, std::size_t count) : to_(to), left_(count) {}
  void begin(const run::RunInfo& info) override { to_.begin(info); }
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override { to_.checkpoint(checkpoint); }
  void end(const run::RunEnd& end) override { to_.end(end); }

 private:
  Observer& to_;
  std::size_t left_;
};

}  // namespace convict::cli
