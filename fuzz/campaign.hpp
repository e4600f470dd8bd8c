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
  std::size_t cases = std::numeric_limits<std::size_t>::max();  ///< trials, those of the past too
  int jobs = 1;
  double shrink_s = 5;               ///< for one finding
  std::size_t epoch = 3000;          ///< trials with the same weights; a multiple of the passes
  std::filesystem::path evidence{};  ///< folder for a file per kind of finding; empty: none
  const Past* past = nullptr;        ///< goes on where its last checkpoint was
  const std::atomic<bool>* stop = nullptr;
  oracle::TruthKernels truth_kernels{};
};

/// The passes and precisions that some subject declares, out of those given.
Space within_reach(Space space, std::span<const sandbox::Subject> subjects);

/// Tries every subject on trial after trial of the space. The first finding of each cluster is
/// shrunk; later ones are told as repeated. The observer gets a checkpoint every second, at the
/// beginning of every epoch and at the end, always between two trials. The end's tally includes the
/// past's. It ends early, and the end says why, when every subject hung so often that it is tried
/// no further. Throws EnvironmentError when evidence cannot be written, and what run_trials throws.
run::RunEnd run_campaign(std::span<const sandbox::Subject> subjects, run::Observer& observer,
                         const CampaignOptions& options);

}  // namespace convict::fuzz
