#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/verdict.hpp"

namespace convict::reports {

/// Findings that look alike, counted (TrialResult::cluster). Those of no cluster do not count.
class FindingClusters {
 public:
  void add(const TrialResult& finding);
  /// "NAME: 12 more like it: REASON" with the first one's repro line, for every cluster of several.
  std::string text() const;

 private:
  struct Cluster {
    TrialResult first;
    std::size_t count = 0;
  };
  std::vector<Cluster> clusters_;
  std::map<std::string, std::size_t> index_;
};

/// The trial to show it again with: the shrunk one, if there is one.
const Trial& repro_trial(const TrialResult& finding);

}  // namespace convict::reports
