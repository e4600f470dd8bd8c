// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>

#include "fuzz/generator.hpp"
#include "fuzz/past.hpp"
#include "oracle/truth/truth_kernels.hpp"
#include "run/observer.hpp"
#include "sandbox/sandbox.hpp"

namespace convict::fuzz {

struct CampaignOptions {
  Space space{};
  std::size_t cases =
      std::numeric_limits<std::size_t>::max();  ///< trials at most, with those of `past`
  int jobs = 1;
  double shrink_s = 5;               ///< for one finding
  double probe_s = 2;                ///< for the experiment about the cause of one finding; 0: none
  std::size_t epoch = 3000;          ///< trials with the same weights; a multiple of the passes
  std::filesystem::path evidence{};  ///< folder for a file per cluster; empty: none
  const Past* past = nullptr;        ///< goes on from its last checkpoint
  const std::atomic<bool>* stop = nullptr;
  oracle::TruthKernels truth_kernels{};
};

/// `space` with only those of its passes and precisions that some subject declares.
Space within_reach(Space space, std::span<const sandbox::Subject> subjects);

/// Runs every subject on one trial of the space after the other. The first finding of each cluster
/// is completed (Findings); later ones are reported as repeated. The observer gets a checkpoint
/// every second, at the beginning of every epoch and at the end, always between two trials. The
/// end's tally includes that of `past`. The campaign ends early, with a reason, when every subject
/// is given up because it hangs (run/watched_kernel.hpp). Throws EnvironmentError when evidence
/// cannot be written, and what run_trials throws.
run::RunEnd run_campaign(std::span<const sandbox::Subject> subjects, run::Observer& observer,
                         const CampaignOptions& options);

}  // namespace convict::fuzz
