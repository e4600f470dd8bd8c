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

std::vector<std::string> cause_lines(const TrialResult& finding) {
  std::vector<std::string> lines;
  if (!finding.cause.empty()) lines.push_back(printable(finding.cause));
  if (finding.replays > 0)
    lines.push_back(
        fmt::format("came back in {} of {} replays", finding.came_back, finding.replays));
  return lines;
}

const Trial& repro_trial(const TrialResult& finding) {
  return finding.shrunk ? *finding.shrunk : finding.trial;
}

}  // namespace convict::reports
