// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <unordered_map>

#include "reports/summary/summary.hpp"
#include "reports/tables/finding_clusters.hpp"
#include "run/observer.hpp"

namespace convict::reports {

/// Seconds since some fixed moment.
using Clock = std::function<double()>;
double steady_seconds();

struct ConsoleOptions {
  bool quiet = false;     ///< only findings and the last sentence
  bool terminal = false;  ///< one status line that is rewritten; else a plain line now and then
  bool color = false;
  std::size_t width = 80;  ///< columns of the terminal
  std::string directory =
      {};                   ///< where journal.jsonl and report.html are; empty when there are none
  double time_limit_s = 0;  ///< of an open-ended run, 0: none
  Clock clock = steady_seconds;
};

/// What suits the open file `descriptor`: is it a terminal, how wide, are colours wanted there
/// (https://no-color.org, TERM=dumb).
ConsoleOptions console_options_for(int descriptor);

/// Prints a run for a person: what is about to run, progress, the first finding of each cluster as
/// soon as it is known; at the end how often each cluster occurred, a table of the kernels (of a
/// search also one of the features) and one sentence.
class Console final : public run::Observer {
 public:
  static constexpr std::size_t findings_in_full = 10;  ///< per kernel; the journal has them all

  explicit Console(std::ostream& out, ConsoleOptions options = {});
  /// Takes the status line away, also when the run ended in an exception.
  ~Console() override;

  void begin(const run::RunInfo& info) override;
  void trial(const TrialResult& result) override;
  void checkpoint(const run::Checkpoint& checkpoint) override {
    summarizer_.checkpoint(checkpoint);
  }
  void end(const run::RunEnd& end) override;

 private:
  void show_progress();
  void show_finding(const TrialResult& result);
  void clear_status();

  std::ostream& out_;
  ConsoleOptions options_;
  Summarizer summarizer_{counts_only};
  FindingClusters clusters_;
  std::unordered_map<std::string, std::size_t>
      distinct_;  ///< kernel -> findings that repeat no other
  std::size_t planned_ = 0;
  double began_ = 0;
  double next_progress_ = 0;
  bool status_shown_ = false;
};

/// Prints one JSON object when the run ends, and nothing before: the tally and each kernel's
/// counts.
class JsonConsole final : public run::Observer {
 public:
  explicit JsonConsole(std::ostream& out) : out_(out) {}
  void begin(const run::RunInfo& info) override { summarizer_.begin(info); }
  void trial(const TrialResult& result) override { summarizer_.trial(result); }
  void checkpoint(const run::Checkpoint& checkpoint) override {
    summarizer_.checkpoint(checkpoint);
  }
  void end(const run::RunEnd& end) override;

 private:
  std::ostream& out_;
  Summarizer summarizer_{counts_only};
};

}  // namespace convict::reports
