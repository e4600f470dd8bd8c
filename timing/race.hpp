// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/device.hpp"
#include "core/kernel.hpp"
#include "core/trial.hpp"
#include "oracle/truth/truth_kernels.hpp"
#include "timing/quantiles.hpp"

namespace convict::timing {

/// A kernel that is timed and the device it runs on.
struct Contestant {
  const Kernel* kernel;
  Device* device;
};

struct RaceOptions {
  double time_s = 1;  ///< for the timed rounds of one problem
  int least_rounds = 7;
  int most_rounds = 200;
  int data_sets = 3;
  bool cold = true;  ///< flush the caches before every sample
  oracle::TruthKernels truth_kernels{};
  const std::atomic<bool>* stop = nullptr;
};

/// The result of one contestant.
struct Finish {
  std::string kernel;
  std::optional<std::string> excluded;  ///< why it was not timed
  bool wrong = false;            ///< excluded for wrong results, exceptions or impossible times
  std::vector<double> times_ms;  ///< one per round
  double gflop_per_s = 0;        ///< at the median
  double of_ceiling = 0;         ///< floor_ms / median time; 0: not known
};

/// The timing of several kernels on one problem.
struct Race {
  Trial trial;
  std::vector<Finish> finishes;  ///< in the contestants' order
  /// The first contestant that is not excluded is measured twice per round; this is the ratio of
  /// its two times. Ratios within this interval are noise.
  std::optional<Ratio> noise;
};

/// A lower bound on the time of one call, by the device's ceiling: arithmetic without taps in
/// padding and, with cold caches, reading the operands and writing the result once.
double floor_ms(const Problem& problem, const Ceiling& ceiling, bool cold);

/// Times the contestants in turns, in a random order every round, on data that change every call;
/// one result of every sample is verified. A contestant is excluded, with the reason, if it
/// refuses, is wrong, takes much longer by the host's clock than on its stream (so it works outside
/// the stream), or is faster than the device can be. Throws EnvironmentError when a device fails.
Race race(const Trial& trial, std::span<const Contestant> contestants, const RaceOptions& options);

}  // namespace convict::timing
