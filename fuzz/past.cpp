// SPDX-License-Identifier: Apache-2.0
#include "fuzz/past.hpp"

namespace convict::fuzz {
namespace {

std::string cluster_key(const TrialResult& result) { return result.kernel + '\n' + result.cluster; }
std::string trial_key(const TrialResult& result) {
  return result.kernel + '\n' + to_string(result.trial);
}

}  // namespace

void Past::trial(const TrialResult& result) {
  tally_.add(result);
  reported_.insert(trial_key(result));
  if (is_finding(result.verdict.outcome)) clusters_.insert(cluster_key(result));
}

void Past::checkpoint(const run::Checkpoint& checkpoint) {
  for (const run::CountedResults& counted : checkpoint.counted) tally_ += counted.tally;
  reached_ = checkpoint;
  reached_.counted.clear();
}

bool Past::knows_cluster(const TrialResult& result) const {
  return clusters_.contains(cluster_key(result));
}
bool Past::was_reported(const TrialResult& result) const {
  return reported_.contains(trial_key(result));
}

}  // namespace convict::fuzz
