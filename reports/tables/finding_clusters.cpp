// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/finding_clusters.hpp"

#include <fmt/format.h>

#include "reports/words.hpp"

namespace convict::reports {

void FindingClusters::add(const TrialResult& finding) {
  if (finding.cluster.empty()) return;
  const auto [entry, is_new] =
      index_.try_emplace(finding.kernel + '\n' + finding.cluster, clusters_.size());
  if (is_new) clusters_.push_back({.first = finding});
  ++clusters_[entry->second].count;
}

std::string FindingClusters::text() const {
  std::string text;
  for (const Cluster& cluster : clusters_)
    if (cluster.count > 1)
      text +=
          fmt::format("{}: {} more like this one: {}\n     {}\n", printable(cluster.first.kernel),
                      grouped(cluster.count - 1), reason_text(cluster.first.verdict),
                      printable(replay_command(cluster.first.kernel, repro_trial(cluster.first))));
  return text;
}

const Trial& repro_trial(const TrialResult& finding) {
  return finding.shrunk ? *finding.shrunk : finding.trial;
}

}  // namespace convict::reports
