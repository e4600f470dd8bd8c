// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/verdict.hpp"

namespace convict::reports {

/// Counts findings by kernel and TrialResult::cluster; those without a cluster are not counted.
class FindingClusters {
 public:
  void add(const TrialResult& finding);
  /// "NAME: 12 more like this one: REASON" and the first one's replay line, for every cluster of
  /// more than one finding.
  std::string text() const;

 private:
  struct Cluster {
    TrialResult first;
    std::size_t count = 0;
  };
  std::vector<Cluster> clusters_;
  std::map<std::string, std::size_t> index_;
};

/// Where the kernel fails, as found out by experiment, and "came back in 3 of 10 replays"; each
/// only where it is known.
std::vector<std::string> cause_lines(const TrialResult& finding);

/// The trial that reproduces the finding: the shrunk one, if there is one.
const Trial& repro_trial(const TrialResult& finding);

}  // namespace convict::reports
