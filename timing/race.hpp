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

/// Who takes part: a row and where it runs.
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

/// What one contestant showed.
struct Finish {
  std::string kernel;
  std::optional<std::string> excluded;  ///< why it has no time
  bool wrong = false;                   ///< because it is wrong, or deceives
  std::vector<double> times_ms;         ///< one a round
  double gflop_per_s = 0;               ///< at the median
  double of_ceiling = 0;                ///< share of what the device allows at most; 0: not known
};

/// One problem's race.
struct Race {
  Trial trial;
  std::vector<Finish> finishes;  ///< in the contestants' order
  /// The first contestant against itself, measured twice a round: ratios this near to 1 mean
  /// nothing.
  std::optional<Ratio> noise;
};

/// The least time one call can take by the device's ceiling: arithmetic, and with cold caches
/// reading the operands and writing the result once.
double floor_ms(const Problem& problem, const Ceiling& ceiling, bool cold);

/// Times the contestants in turns, in an order that changes every round, on data that changes every
/// call; results of timed calls are looked at. Excluded, with the reason, is who refuses, is wrong,
/// takes much longer by the host's clock than on its stream (it works elsewhere), or is faster than
/// the device can be. Throws EnvironmentError when a device fails.
Race race(const Trial& trial, std::span<const Contestant> contestants, const RaceOptions& options);

}  // namespace convict::timing
